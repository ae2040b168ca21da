import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import type { LinkLook } from '../../src/contract/people.ts'
import { faults } from './axe.ts'
import { launch, phone, visit } from './browser.ts'
import { FakeServer } from './fake-server.ts'
import { mirrorFaults } from './mirrored.ts'

// What axe finds on the pages of accounts.

let browser: Browser
const server = new FakeServer()
const { people } = server
const token = 'abcdefghijklmnopqrstuvwxyz'
const forgotten = token.toUpperCase()
const invitation: LinkLook = {
  ...{ purpose: 'invitation', email: 'rosa@example.org', role: 'streamer', from: 'Ines Marlow', channel: null },
  expiresAt: '2026-12-03T10:00:00.000Z',
}

before(async () => {
  ;[browser] = await Promise.all([launch(), server.start()])
})
after(async () => {
  await browser?.close()
  await server.stop()
})

for (const [look, options] of [
  ['light, desktop', { colorScheme: 'light' }],
  ['dark, phone', { colorScheme: 'dark', viewport: phone }],
  ['from right to left, phone', { viewport: phone, colorScheme: 'light' }],
] as const) {
  test(`axe finds nothing on the pages of accounts, ${look}`, async () => {
    const rosa = people.add('Rosa', 'admin', { emailVerified: false })
    const turned = look.startsWith('from')
    people.links.set(token, invitation)
    people.links.set(forgotten, { ...invitation, purpose: 'reset-password' })
    server.signUp = 'open'
    const { page, context, complaints } = await visit(browser, 'about:blank', options)
    if (turned) await context.addCookies([{ name: 'language', value: 'ar-XB', url: server.url }])
    const look_ = async (at: string, ready: string) => {
      await page.goto(server.url + at)
      await page.locator(ready).first().waitFor()
      assert.deepEqual(turned ? await mirrorFaults(page) : await faults(page), [], at)
    }
    for (const at of ['/sign-in', '/sign-up', '/reset', `/reset#t=${forgotten}`, `/invitation#t=${token}`]) {
      // Another fragment alone loads nothing.
      await page.goto('about:blank')
      await look_(at, 'form')
    }
    await look_('/verify', '.empty h1')
    await context.addCookies([{ ...people.cookieOf(rosa), url: server.url }])
    await look_('/you', '.own')
    await page.locator('.who-face').click()
    await page.getByRole('menu').waitFor()
    assert.deepEqual(turned ? await mirrorFaults(page) : await faults(page), [], 'the menu')
    assert.deepEqual(complaints, [])
    await context.close()
  })
}
