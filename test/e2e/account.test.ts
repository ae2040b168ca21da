import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import type { LinkLook } from '../../src/contract/people.ts'
import { launch, until, visit } from './browser.ts'
import type { FakePeople } from './fake-people.ts'
import { FakeServer } from './fake-server.ts'
import { visitAs } from './signed-in.ts'

// Signing in, and a person's own page, against a server that speaks the contract and nothing more.

let browser: Browser
let server: FakeServer
let people: FakePeople
const token = 'abcdefghijklmnopqrstuvwxyz'
const password = 'correct horse battery'
const invitation: LinkLook = {
  ...{ purpose: 'invitation', email: 'rosa@example.org', role: 'streamer', from: 'Ines Marlow', channel: null },
  expiresAt: '2026-12-03T10:00:00.000Z',
}

before(async () => {
  browser = await launch()
})
after(async () => {
  await browser?.close()
})
beforeEach(async (context) => {
  server = new FakeServer()
  people = server.people
  server.set('choir', { title: 'Evensong by candlelight' })
  await server.start()
  ;(context as { after: (act: () => Promise<void>) => void }).after(() => server.stop())
})

type Account = ReturnType<FakePeople['add']>
const as = (account: Account, path: string, options?: Parameters<typeof visit>[2]) =>
  visitAs(browser, server, account, path, options)

const path = (page: Page) => new URL(page.url()).pathname
const signIn = async (page: Page, email: string, secret = password) => {
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(secret)
  await page.keyboard.press('Enter')
}

test('signing in happens over the page, which goes on below it; the face has the way out', async () => {
  people.add('Ines Marlow')
  const { page, context, complaints } = await visit(browser, `${server.url}/c/choir`)
  await page.getByRole('link', { name: 'Sign in' }).click()
  const dialog = page.getByRole('dialog', { name: 'Sign in' })
  await signIn(page, 'ines.marlow@example.org', 'not this one')
  await dialog.getByText('E-mail and password don’t fit together.').waitFor()
  assert.equal(await dialog.getByLabel('E-mail').inputValue(), 'ines.marlow@example.org', 'nothing is lost')
  await signIn(page, 'ines.marlow@example.org')
  await dialog.waitFor({ state: 'detached' })
  assert.equal(path(page), '/c/choir')
  const face = page.getByRole('button', { name: 'Your account, Ines Marlow' })
  await face.click()
  assert.deepEqual(await page.getByRole('menuitem').allTextContents(), ['You', 'Studio', 'Sign out'])
  await page.keyboard.press('Escape')
  await until(page, `document.activeElement.classList.contains('who-face')`)
  await page.keyboard.press('Enter')
  await until(page, `document.activeElement.getAttribute('role') === 'menuitem'`)
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Enter')
  await page.getByRole('link', { name: 'Sign in' }).waitFor()
  assert.equal(await page.evaluate(`localStorage.getItem('signed-in')`), null)
  assert.deepEqual(complaints, [])
  await context.close()
})

test('who is led to sign in comes back to where they were, and never to another site', async () => {
  people.add('Ines Marlow', 'admin')
  const { page, context } = await visit(browser, `${server.url}/admin/log`)
  await until(page, `location.pathname === '/sign-in'`)
  await signIn(page, 'ines.marlow@example.org')
  await until(page, `location.pathname === '/admin/log'`)
  await page.goto(`${server.url}/sign-in?to=//evil.example/admin`)
  await until(page, `location.pathname === '/'`)
  assert.equal(new URL(page.url()).origin, server.url)
  await context.close()
})

test('who signs in on the way to a channel arrives there, and stays', async () => {
  people.add('Rosa')
  const { page, context } = await visit(browser, `${server.url}/sign-in?to=/c/choir`)
  await signIn(page, 'rosa@example.org')
  await page.locator('[data-player]').waitFor()
  await page.getByRole('button', { name: 'Your account, Rosa' }).waitFor({ state: 'attached' })
  assert.equal(path(page), '/c/choir')
  await context.close()
})

test('a page for admins tells who isn’t one, instead of asking for another password', async () => {
  const { page, context } = await as(people.add('Rosa'), '/admin/people')
  await page.getByText('You are signed in as Rosa. This page is for admins.').waitFor()
  assert.equal(await page.getByLabel('E-mail').count(), 0)
  await context.close()
})

test('a session that is over is renewed in silence, once for all tabs; when it can’t be, the person signs in again', async () => {
  const ines = people.add('Ines Marlow')
  people.expired = true
  const { page, context } = await as(ines, '/you')
  await page.getByRole('heading', { name: 'Ines Marlow' }).waitFor()
  assert.equal(people.renewals, 1)
  people.expired = true
  await page.getByRole('button', { name: 'Change Your name' }).click()
  await page.getByLabel('Your name').fill('Ines M.')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { name: 'Ines M.' }).waitFor()
  assert.equal(people.renewals, 2)
  const other = await context.newPage()
  await other.goto(`${server.url}/you`)
  await other.getByRole('heading', { name: 'Ines M.' }).waitFor()
  people.expired = true
  people.ended = true
  await other.reload()
  await until(other, `location.pathname === '/sign-in'`)
  // The first tab hears of it.
  await until(page, `location.pathname === '/sign-in'`)
  await context.close()
})

test('an invitation shows what it is for, makes the account and signs in; its secret leaves the address', async () => {
  people.links.set(token, invitation)
  const { page, context, complaints } = await visit(browser, `${server.url}/invitation#t=${token}`)
  await page.getByText('Ines Marlow invites you.').waitFor()
  assert.equal(await page.getByLabel('E-mail').inputValue(), 'rosa@example.org')
  await page.getByRole('button', { name: 'Make my account' }).click()
  await page.getByText('Enter a name.').waitFor()
  await page.getByLabel('Your name').fill('Rosa Lindqvist')
  await page.getByLabel('Password', { exact: true }).fill('short')
  await page.keyboard.press('Enter')
  await page.getByText('At least 10 characters.', { exact: true }).waitFor()
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.keyboard.press('Enter')
  await until(page, `location.pathname === '/studio'`)
  await page.getByRole('button', { name: 'Your account, Rosa Lindqvist' }).waitFor()
  await page.goto(`${server.url}/invitation#t=${token}`)
  await page.getByText('It was used already, is too old, or was taken back.').waitFor()
  assert.ok(
    server.asked.every((line) => !line.includes(token)),
    'no address that was asked for has it',
  )
  assert.deepEqual(complaints, [])
  await context.close()
})

test('the first admin’s link makes the first account, which goes on to make a channel', async () => {
  people.links.set(token, { ...invitation, purpose: 'first-admin', email: null, role: 'admin', from: null })
  const { page, context } = await visit(browser, `${server.url}/invitation#t=${token}`)
  await page.getByRole('heading', { name: 'Linden Valley is yours' }).waitFor()
  await page.getByLabel('Your name').fill('Ines')
  await page.getByLabel('E-mail').fill('ines@example')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.keyboard.press('Enter')
  await page.getByText('Enter an e-mail address, like name@example.org.').waitFor()
  await page.getByLabel('E-mail').fill('ines@example.org')
  await page.keyboard.press('Enter')
  await until(page, `location.pathname === '/admin/channels'`)
  await context.close()
})

test('who signs up, confirms an address or forgets a password is told what happens next', async () => {
  server.signUp = 'open'
  const { page, context, complaints } = await visit(browser, `${server.url}/sign-in`)
  await page.getByLabel('E-mail').fill('tom@example.org')
  await page.getByRole('link', { name: 'Forgot it?' }).click()
  assert.equal(await page.getByLabel('E-mail').inputValue(), 'tom@example.org', 'it isn’t typed twice')
  await page.getByRole('button', { name: 'Send the link' }).click()
  await page.getByText('If tom@example.org belongs to an account here, a link is on its way.').waitFor()
  people.links.set(token, { ...invitation, purpose: 'reset-password' })
  await page.goto(`${server.url}/reset#t=${token}`)
  // Password managers keep the new one under the address, also where nobody typed it.
  await until(page, `document.querySelector('[autocomplete=username]')?.value === 'rosa@example.org'`)
  await page.getByLabel('New password').fill(password)
  await page.getByRole('button', { name: 'Save password' }).click()
  await page.getByRole('heading', { name: 'The new password is in force' }).waitFor()
  assert.ok(!page.url().includes(token))
  await page.goto(`${server.url}/reset#t=${token}`)
  await page.getByRole('heading', { name: 'This link does not work' }).waitFor()
  people.links.set(token, { ...invitation, purpose: 'verify-email' })
  await page.goto(`${server.url}/verify#t=${token}`)
  await page.getByRole('heading', { name: 'Your e-mail address is confirmed' }).waitFor()
  await page.goto(`${server.url}/sign-up`)
  await page.getByLabel('Your name').fill('Tom')
  await page.getByLabel('E-mail').fill('tom@example.org')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Make account' }).click()
  await page.getByText('We sent a link to tom@example.org.').waitFor()
  server.signUp = 'closed'
  await page.goto(`${server.url}/sign-up`)
  await page.getByRole('heading', { name: 'New accounts are closed' }).waitFor()
  assert.deepEqual(complaints, [])
  await context.close()
})

test('a person changes what is theirs, signs a device out, and makes a token that is shown once', async () => {
  const rosa = people.add('Rosa', 'viewer', { emailVerified: false })
  const used = '2026-11-20T10:00:00.000Z'
  const device = { address: '192.0.2.0', createdAt: used, lastUsedAt: used }
  people.devices.push({ id: 'd1', agent: 'Firefox on Windows', current: true, ...device })
  people.devices.push({ id: 'd2', agent: 'Safari on iPhone', current: false, ...device })
  const { page, context, complaints } = await as(rosa, '/you')
  await page.getByRole('button', { name: 'Send the link again' }).click()
  await page.getByText('A link is on its way to rosa@example.org').waitFor()

  await page.getByRole('button', { name: 'Change Password' }).click()
  await page.getByLabel('Current password').fill('not this one')
  await page.getByLabel('New password').fill('another horse battery')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('This is not your current password.').waitFor()
  await page.getByLabel('Current password').fill(password)
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('The new password is in force').waitFor()
  assert.equal(rosa.password, 'another horse battery')

  await page.getByRole('button', { name: 'Change E-mail' }).click()
  await page.getByLabel('E-mail').fill('rosa@linden.example')
  await page.getByLabel('Current password').fill('another horse battery')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Your address is rosa@linden.example now').waitFor()

  await page.getByText('This device').waitFor()
  await page.getByRole('button', { name: 'Sign out Safari on iPhone' }).click()
  await page.getByText('The device is signed out').waitFor()
  assert.deepEqual(
    people.devices.map(({ id }) => id),
    ['d1'],
  )

  await page.getByRole('button', { name: 'Make a token' }).click()
  const making = page.getByRole('dialog', { name: 'Make a token' })
  await making.getByRole('button', { name: 'Make token' }).click()
  await making.getByText('Say what it is for.').waitFor()
  assert.equal(await making.getByLabel('Everything an admin may do').count(), 0)
  await making.getByLabel('What it is for').fill('Lights in the hall')
  await making.getByRole('button', { name: 'Make token' }).click()
  await page.getByText('st_made_0123456789abcdef').waitFor()
  await page.getByRole('button', { name: 'I have it' }).click()
  await page.getByText('st_made').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Take back Lights in the hall' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Take back' }).click()
  await page.getByText('The token is taken back').waitFor()

  await page.getByRole('button', { name: 'Delete my account' }).click()
  await page.getByLabel('Current password').fill('another horse battery')
  await page.getByRole('button', { name: 'Delete for good' }).click()
  await page.getByText('Your account is deleted').waitFor()
  assert.equal(people.accounts.size, 0)
  assert.deepEqual(complaints, [])
  await context.close()
})

test('password managers know what is asked for', async () => {
  people.links.set(token, { ...invitation, email: null })
  const { page, context } = await visit(browser, `${server.url}/sign-in`)
  const fields = () =>
    page.evaluate<string[]>(
      `[...document.querySelectorAll('form input')].map((one) => one.type + ' ' + one.autocomplete)`,
    )
  await page.getByLabel('E-mail').waitFor()
  assert.deepEqual(await fields(), ['email username', 'password current-password'])
  await page.getByRole('button', { name: 'Show password' }).click()
  assert.deepEqual(await fields(), ['email username', 'text current-password'])
  await page.goto(`${server.url}/invitation#t=${token}`)
  await page.getByLabel('Your name').waitFor()
  assert.deepEqual(await fields(), ['text name', 'email username', 'password new-password'])
  people.links.set(token, { ...invitation, purpose: 'reset-password' })
  await page.goto(`${server.url}/reset#t=${token}`)
  await page.getByLabel('New password').waitFor()
  assert.deepEqual(await fields(), ['text username', 'password new-password'])
  await context.close()
})
