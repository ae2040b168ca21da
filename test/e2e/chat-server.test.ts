import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
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
  return ServerProcess.start({
    dataDir,
    httpPort,
    rtmpPort,
    yaml: 'channels: [{ slug: hall, title: The hall }, { slug: quiet-hall, title: Quiet }]\n',
  })
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
    90_000,
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
    60_000,
    'two players are not counted as two',
  )
  await server.kill()
  await encoder.stop()
  await write(rosa.page, 'Are you there')
  server = await startServer()
  // Sent by itself when the server is back; after 15 s without one it is called not sent, and can be sent again.
  const again = rosa.page.getByRole('button', { name: 'Try again' })
  const sent = async () => (await tom.page.locator('.log .txt').count()) === 3
  await eventually(async () => (await sent()) || (await again.isVisible()), 90_000, 'a word is lost')
  if (await again.isVisible()) await again.click()
  await textsAre(rosa.page, ['Good evening', '<b>Hello</b> @Rosa', 'Are you there'])
  await textsAre(tom.page, ['Good evening', '<b>Hello</b> @Rosa', 'Are you there'])
  assert.equal(await tom.page.locator('.msg', { hasText: 'Are you there' }).getByText('Rosa').count(), 1)
  assert.deepEqual([...rosa.complaints, ...tom.complaints], [])
  await Promise.all([rosa.context.close(), tom.context.close()])
})

test('an admin signed in on the page removes, silences, bans and takes back, and what was removed meanwhile is gone for who was away', async () => {
  const token = /at_[\w-]+/.exec(await readFile(join(dataDir, 'first-run.txt'), 'utf8'))?.[0] ?? ''
  const mod = await visit(browser, `${server.url}/sign-in`)
  assert.ok((await mod.page.request.post(`${server.url}/api/v1/session`, { data: { token } })).ok())
  const [guest] = await Promise.all([
    visit(browser, `${server.url}/c/quiet-hall`),
    mod.page.goto(`${server.url}/c/quiet-hall`),
  ])
  await write(guest.page, 'so boring')
  await introduce(guest.page, 'hal_g')
  await mod.page.getByText('so boring').waitFor()
  const act = async (item: string) => {
    const row = mod.page.locator('.msg', { hasText: 'so boring' })
    await row.hover()
    await row.getByRole('button').click()
    await mod.page.getByRole('menuitem', { name: item }).click()
  }
  const undo = () => mod.page.getByRole('button', { name: 'Undo' }).click()
  await act('Remove this message')
  await textsAre(guest.page, ['Removed by a moderator'])
  await undo()
  await textsAre(guest.page, ['so boring'])
  await act('Quiet for 10 minutes')
  await guest.page.getByText(/^You are quiet until/).waitFor()
  await undo()
  await field(guest.page).waitFor()
  await act('Ban from this channel')
  const ask = mod.page.getByRole('dialog', { name: 'Ban hal_g from this channel?' })
  await ask.getByLabel('Remove all they wrote').check()
  await ask.getByRole('button', { name: 'Ban' }).click()
  await guest.page.getByText('A moderator closed this chat to you.').waitFor()
  await textsAre(guest.page, ['Removed by a moderator'])
  await undo()
  await textsAre(guest.page, ['so boring'])
  await field(guest.page).waitFor()
  await act('See all they wrote')
  await mod.page.getByRole('dialog').getByText('so boring').waitFor()
  await mod.page.keyboard.press('Escape')
  await mod.page.getByRole('button', { name: 'Chat options' }).click()
  await mod.page.getByText('No one at the moment.').waitFor()
  await mod.page.getByLabel('Slow mode').check()
  await guest.page.getByText(/^Slow mode/).waitFor()
  await mod.page.keyboard.press('Escape')

  await guest.context.setOffline(true)
  await until(guest.page, `!navigator.onLine`)
  await act('Remove this message')
  await textsAre(mod.page, ['Removed by a moderator'])
  await guest.context.setOffline(false)
  await textsAre(guest.page, ['Removed by a moderator'])
  assert.deepEqual([...guest.complaints, ...mod.complaints], [])
  await Promise.all([guest.context.close(), mod.context.close()])
})
