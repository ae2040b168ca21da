import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { PageFiles } from '../../src/http/page-files.ts'
import { type Harness, harness } from '../flow/http-harness.ts'
import { faults } from './axe.ts'
import { desktop, launch, phone, until, visit } from './browser.ts'
import { builtPage } from './built-page.ts'

let server: Harness
let browser: Browser

before(async () => {
  ;[browser, server] = await Promise.all([
    launch(),
    builtPage().then(async (dist) => harness({ pages: await PageFiles.load(dist) })),
  ])
  await server.channels.create({ slug: 'main', title: 'Main hall' })
})
after(async () => {
  await browser?.close()
  await server?.[Symbol.asyncDispose]()
})

const described = `document.querySelectorAll('.operation').length > 20`

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [device, viewport] of [
    ['phone', phone],
    ['desktop', desktop],
  ] as const) {
    test(`the page of the API: axe finds nothing, nothing is wider than the screen, ${colorScheme}, ${device}`, async () => {
      const address = `${server.url}/api/docs`
      const { page, context, complaints } = await visit(browser, address, { colorScheme, viewport })
      const elsewhere: string[] = []
      page.on('request', (request) => {
        if (!request.url().startsWith(server.url)) elsewhere.push(request.url())
      })
      await until(page, described)
      for (const id of ['getChannels', 'postChannels', 'getChannelsBySlugWs', 'schema-ServerMessage']) {
        await page.locator(`#${id} > summary`).click()
      }
      await page.locator('#getChannels form').waitFor()
      assert.deepEqual(await faults(page), [])
      const over = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
      assert.equal(over, 0)
      assert.deepEqual(complaints, [])
      assert.deepEqual(elsewhere, [])
      await context.close()
    })
  }
}

test('a GET is tried out on the page, and shows what the server answered', async () => {
  const { page, context, complaints } = await visit(browser, `${server.url}/api/docs#getChannelsBySlug`, {
    viewport: desktop,
  })
  const form = page.locator('#getChannelsBySlug form')
  await form.getByLabel('slug').fill('main')
  await form.getByRole('button', { name: 'Send' }).click()
  await form.getByText('200 OK').waitFor()
  assert.match((await form.locator('pre').textContent()) ?? '', /"title": "Main hall"/)
  await page.locator('#getAudit > summary').click()
  const audit = page.locator('#getAudit form')
  await audit.getByRole('button', { name: 'Send' }).click()
  await audit.getByText('401 Unauthorized').waitFor()
  await audit.getByLabel('Token').fill(server.adminToken)
  await audit.getByRole('button', { name: 'Send' }).click()
  await audit.getByText('200 OK').waitFor()
  assert.deepEqual(
    complaints.filter((line) => !line.includes('401')),
    [],
  )
  await context.close()
})

test('the type of a problem leads to where it is told', async () => {
  const refused = await fetch(`${server.url}/api/v1/audit`)
  const { type } = (await refused.json()) as { type: string }
  const { page, context } = await visit(browser, server.url + type, { viewport: phone })
  await until(page, described)
  const told = page.locator('#problem-unauthorized')
  await told.waitFor()
  await until(
    page,
    `Math.abs(document.querySelector('#problem-unauthorized').getBoundingClientRect().top) < innerHeight`,
  )
  assert.match((await told.textContent()) ?? '', /Authorization: Bearer/)
  await context.close()
})
