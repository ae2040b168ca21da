import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { Encoder } from '../light/encoder.ts'
import { until as eventually, freePorts, ServerProcess } from '../light/server-process.ts'
import { launch, playing, until, visit } from './browser.ts'

// The chat of the page against the real server, over its own socket.

let browser: Browser
let dataDir: string
let ports: readonly [number, number]
let server: ServerProcess

const startServer = (): Promise<ServerProcess> => {
  const [httpPort, rtmpPort] = ports
  return ServerProcess.start({ dataDir, httpPort, rtmpPort, yaml: 'channels: [{ slug: hall, title: The hall }]\n' })
}

before(async () => {
  dataDir = join(await mkdtemp(join(tmpdir(), 'streamhost-chat-')), 'data')
  ports = (await freePorts(2)) as [number, number]
  ;[browser, server] = await Promise.all([launch(), startServer()])
})
after(async () => {
  await browser?.close()
  await server?.stop()
  await rm(join(dataDir, '..'), { recursive: true, force: true })
})

const field = (page: Page) => page.getByLabel('Message', { exact: true })
const write = async (page: Page, text: string) => {
  await field(page).fill(text)
  await page.keyboard.press('Enter')
}
const introduce = async (page: Page, name: string) => {
  await page.getByLabel('What shall we call you?').fill(name)
  await page.keyboard.press('Enter')
}
const textsAre = (page: Page, wanted: readonly string[]) =>
  until(
    page,
    `JSON.stringify([...document.querySelectorAll('.log .txt')].map((one) => one.textContent)) === ${JSON.stringify(JSON.stringify(wanted))}`,
    30_000,
  )

test('people talk, react and are counted while a broadcast plays, and a kill -9 of the server loses no word', async () => {
  const encoder = await Encoder.replay('gop2', server.publishUrl('hall'))
  await server.live('hall')
  const [rosa, tom] = await Promise.all([
    visit(browser, `${server.url}/c/hall`),
    visit(browser, `${server.url}/c/hall`, { viewport: { width: 390, height: 844 } }),
  ])
  await Promise.all([playing(rosa.page), playing(tom.page)])
  await write(rosa.page, 'Good evening')
  await introduce(rosa.page, 'Moderator')
  await rosa.page.getByText('This name can’t be used.').waitFor()
  await introduce(rosa.page, 'Rosa')
  await textsAre(tom.page, ['Good evening'])
  await write(tom.page, '<b>Hello</b> @Rosa')
  await introduce(tom.page, 'Tom')
  await textsAre(rosa.page, ['Good evening', '<b>Hello</b> @Rosa'])
  await rosa.page.locator('.msg.named').waitFor()
  await tom.page.getByRole('button', { name: 'Candle' }).click()
  await rosa.page.getByRole('button', { name: 'Candle, 1' }).waitFor()
  await eventually(
    async () =>
      ((await (await fetch(`${server.url}/api/v1/channels/hall`)).json()) as { viewers: number }).viewers === 2,
    15_000,
    'two players are not counted as two',
  )
  await server.kill()
  await encoder.stop()
  await write(rosa.page, 'Are you there')
  server = await startServer()
  await textsAre(rosa.page, ['Good evening', '<b>Hello</b> @Rosa', 'Are you there'])
  await textsAre(tom.page, ['Good evening', '<b>Hello</b> @Rosa', 'Are you there'])
  assert.equal(await tom.page.locator('.msg', { hasText: 'Are you there' }).getByText('Rosa').count(), 1)
  assert.deepEqual([...rosa.complaints, ...tom.complaints], [])
  await Promise.all([rosa.context.close(), tom.context.close()])
})
