import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { HOSTILE_TEXTS } from '../light/hostile-texts.ts'
import { faults } from './axe.ts'
import { desktop, launch, phone, until, visit } from './browser.ts'
import type { FakeChat } from './fake-chat.ts'
import { adminToken, FakeServer } from './fake-server.ts'

/** Runs in a page before its own scripts: how far things moved without anybody's doing. */
const countShift = `globalThis.shift = 0; new PerformanceObserver((list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) shift += entry.value }).observe({ type: 'layout-shift', buffered: true })`

// The chat as people use it, against a server that speaks its messages and nothing more.

const server = new FakeServer()
let browser: Browser
let slug = ''
let chat: FakeChat
let count = 0

before(async () => {
  ;[browser] = await Promise.all([launch(), server.start()])
})
after(async () => {
  await browser?.close()
  await server.stop()
})
beforeEach(() => {
  count += 1
  slug = `room${count}`
  server.set(slug, { title: 'Evensong by candlelight', chat: true })
  chat = server.chat(slug)
})

const page = async (options: Parameters<typeof visit>[2] = {}, admin = false) => {
  const visited = await visit(browser, 'about:blank', options)
  if (admin) await visited.page.request.post(`${server.url}/api/v1/session`, { data: { token: adminToken } })
  await visited.page.goto(`${server.url}/c/${slug}`)
  await visited.page.getByLabel('Message', { exact: true }).waitFor()
  return visited
}
const moderator = () => page({}, true)
const texts = (page: Page) =>
  page.evaluate<string[]>(`[...document.querySelectorAll('.log .txt')].map((one) => one.textContent)`)
const textsAre = (page: Page, wanted: readonly string[]) =>
  until(
    page,
    `JSON.stringify([...document.querySelectorAll('.log .txt')].map((one) => one.textContent)) === ${JSON.stringify(JSON.stringify(wanted))}`,
  )
const write = async (page: Page, text: string) => {
  await page.getByLabel('Message', { exact: true }).fill(text)
  await page.keyboard.press('Enter')
}
const introduce = async (page: Page, name: string) => {
  await page.getByLabel('What shall we call you?').fill(name)
  await page.keyboard.press('Enter')
}
const field = (page: Page) => page.getByLabel('Message', { exact: true }).inputValue()
const actions = async (page: Page, text: string) => {
  const row = page.locator('.msg', { hasText: text })
  await row.hover()
  await row.getByRole('button').click()
}

test('two people talk: a guest chooses a name when first writing, and is the same person after a reload', async () => {
  const [one, other] = await Promise.all([page(), page()])
  await write(one.page, 'Good evening')
  await introduce(one.page, 'Moderator')
  await one.page.getByText('This name can’t be used.').waitFor()
  await introduce(one.page, 'Rosa')
  await other.page.locator('.msg', { hasText: 'Rosa' }).getByText('Good evening').waitFor()
  assert.equal(await field(one.page), '')
  await write(other.page, 'Hello @Rosa')
  await introduce(other.page, 'Tom')
  await one.page.locator('.msg.named', { hasText: 'Hello @Rosa' }).waitFor()
  await textsAre(one.page, ['Good evening', 'Hello @Rosa'])
  await one.page.reload()
  await write(one.page, 'Here again')
  await other.page.locator('.msg', { hasText: 'Rosa' }).getByText('Here again').waitFor()
  assert.equal(new Set(chat.messages.map(({ from }) => from.id)).size, 2)
  assert.deepEqual([...one.complaints, ...other.complaints], [])
  await Promise.all([one.context.close(), other.context.close()])
})

test('an @ offers who wrote here, to the keyboard, the finger and the screen reader', async () => {
  for (const name of ['Rosa Lindqvist', 'Tom', 'Rosamunde']) chat.say(name, `I am ${name}`)
  const { page: one, context, complaints } = await page({ viewport: phone, hasTouch: true })
  const say = one.getByRole('combobox', { name: 'Message' })
  await say.click()
  await one.keyboard.type('Hello @ros')
  const list = one.getByRole('listbox', { name: 'People to mention' })
  await list.getByRole('option', { name: 'Rosamunde', selected: true }).waitFor()
  assert.equal(await list.getByRole('option').count(), 2)
  assert.deepEqual(await faults(one), [])
  await one.keyboard.press('ArrowDown')
  const active = () =>
    one.evaluate<string>(`document.getElementById(say.getAttribute('aria-activedescendant')).textContent`)
  assert.match(await active(), /Rosa Lindqvist/)
  await one.keyboard.press('Enter')
  assert.equal(await field(one), 'Hello @Rosa Lindqvist ')
  assert.equal(await say.getAttribute('aria-expanded'), 'false')
  await one.keyboard.type('and @t')
  await one.keyboard.press('Tab')
  assert.equal(await field(one), 'Hello @Rosa Lindqvist and @Tom ')
  await one.keyboard.type('@ro')
  await one.keyboard.press('Escape')
  await list.waitFor({ state: 'hidden' })
  await one.keyboard.type('s')
  assert.equal(await list.count(), 0, 'it stays closed for this one')
  await say.fill('')
  await one.keyboard.type('@')
  await list.getByRole('option', { name: 'Tom' }).tap()
  assert.equal(await field(one), '@Tom ')
  await until(one, `document.activeElement.id === 'say'`)
  assert.deepEqual(complaints, [])
  await context.close()
})

test('after a cut connection nothing is missing and nothing is there twice, and what was written meanwhile is sent', async () => {
  chat.say('Tom', 'one')
  const { page: guest, context } = await page()
  await write(guest, 'two')
  await introduce(guest, 'Rosa')
  await textsAre(guest, ['one', 'two'])
  // Taken by the server, but the page never hears of it.
  chat.deaf = true
  await write(guest, 'three')
  await until(guest, `document.querySelector('.msg.sending')`)
  server.sockets = false
  chat.cut()
  chat.deaf = false
  chat.say('Tom', 'four')
  await write(guest, 'five')
  server.sockets = true
  await textsAre(guest, ['one', 'two', 'three', 'four', 'five'])
  assert.equal(await guest.locator('.msg.sending').count(), 0)
  assert.deepEqual(
    chat.messages.map(({ text }) => text),
    ['one', 'two', 'three', 'four', 'five'],
  )
  // More was missed than is kept: what is there takes the place of all.
  chat.history = 2
  server.sockets = false
  chat.cut()
  for (const text of ['six', 'seven', 'eight']) chat.say('Tom', text)
  server.sockets = true
  await textsAre(guest, ['seven', 'eight'])
  await context.close()
})

test('a moderator removes, silences and bans, and takes each back', async () => {
  chat.say('hal_g', 'boring')
  const [guest, mod] = await Promise.all([page(), moderator()])
  await actions(mod.page, 'boring')
  await mod.page.getByRole('menuitem', { name: 'Remove this message' }).click()
  await textsAre(guest.page, ['Removed by a moderator'])
  await mod.page.getByRole('button', { name: 'Undo' }).click()
  await textsAre(guest.page, ['boring'])

  await write(guest.page, 'so boring')
  await introduce(guest.page, 'jay')
  await mod.page.getByText('so boring').waitFor()
  await guest.page.getByLabel('Message', { exact: true }).fill('half a thought')
  await actions(mod.page, 'so boring')
  await mod.page.getByRole('menuitem', { name: 'Quiet for another time' }).click()
  await mod.page.getByRole('menuitem', { name: 'Quiet for 1 hour' }).click()
  await guest.page.getByText(/^You are quiet until/).waitFor()
  await mod.page.getByText('jay is quiet for 1 hour').waitFor()
  await mod.page.getByRole('button', { name: 'Undo' }).click()
  await guest.page.getByLabel('Message', { exact: true }).waitFor()
  assert.equal(await field(guest.page), 'half a thought')

  await actions(mod.page, 'so boring')
  await mod.page.getByRole('menuitem', { name: 'Ban' }).click()
  const ask = mod.page.getByRole('dialog', { name: 'Ban jay from this channel?' })
  assert.deepEqual(await faults(mod.page), [])
  await ask.getByLabel('Remove all they wrote').check()
  await ask.getByRole('button', { name: 'Ban' }).click()
  await guest.page.getByText('A moderator closed this chat to you.').waitFor()
  await textsAre(guest.page, ['boring', 'Removed by a moderator'])
  await mod.page.getByRole('button', { name: 'Chat options' }).click()
  await mod.page.getByRole('button', { name: 'Lift' }).click()
  await mod.page.getByText('No one at the moment.').waitFor()
  await guest.page.getByLabel('Message', { exact: true }).waitFor()
  assert.deepEqual(await faults(mod.page), [])
  await mod.page.getByLabel('Chat is off').check()
  await guest.page.locator('.chat-note').getByText('The chat is switched off.').waitFor()
  await mod.page.getByLabel('As they like').check()
  await guest.page.getByLabel('Message', { exact: true }).waitFor()
  await mod.page.keyboard.press('Escape')

  await actions(mod.page, 'boring')
  await mod.page.getByRole('menuitem', { name: 'See all they wrote' }).click()
  await mod.page.getByRole('dialog', { name: 'All that hal_g wrote' }).getByText('boring').waitFor()
  assert.deepEqual(await faults(mod.page), [])
  assert.deepEqual([...guest.complaints, ...mod.complaints], [])
  await Promise.all([guest.context.close(), mod.context.close()])
})

test('an answer shows what it answers, and calls whoever wrote that; what is gone can’t be answered', async () => {
  const [one, other] = await Promise.all([page(), page()])
  await write(one.page, 'Which hymn is this?')
  await introduce(one.page, 'Rosa')
  await actions(other.page, 'Which hymn')
  await other.page.getByRole('menuitem', { name: 'Reply', exact: true }).click()
  await other.page.locator('.replying', { hasText: 'Reply to Rosa' }).waitFor()
  await write(other.page, 'Number 9')
  await introduce(other.page, 'Tom')
  const answer = one.page.locator('.msg.named', { hasText: 'Number 9' })
  await answer.locator('.quote', { hasText: 'Rosa' }).getByText('Which hymn is this?').waitFor()
  assert.deepEqual(await faults(one.page), [])
  const question = other.page.locator('.msg').first()
  await question.hover()
  await question.getByRole('button').click()
  await other.page.getByRole('menuitem', { name: 'Reply', exact: true }).click()
  await other.page.locator('.replying', { hasText: 'Reply to Rosa' }).waitFor()
  await other.page.keyboard.press('Escape')
  await other.page.locator('.replying').waitFor({ state: 'detached' })
  chat.tell({ type: 'removed', seqs: [1] })
  await answer.locator('q').waitFor({ state: 'detached' })
  assert.deepEqual([...one.complaints, ...other.complaints], [])
  await Promise.all([one.context.close(), other.context.close()])
})

test('where guests may not write they sign in right there, and write under their own name', async () => {
  chat.set({ guests: false })
  const ines = server.people.add('Ines Marlow', 'admin')
  const { page: guest, context } = await visit(browser, `${server.url}/c/${slug}`)
  await guest.getByText('Only signed-in people write here.').waitFor()
  await guest.locator('.chat-note').getByRole('button', { name: 'Sign in' }).click()
  await guest.getByLabel('E-mail').fill(ines.email)
  await guest.getByLabel('Password', { exact: true }).fill(ines.password)
  await guest.keyboard.press('Enter')
  await write(guest, 'Good evening')
  await guest.locator('.msg.mine', { hasText: 'Good evening' }).waitFor()
  assert.equal(chat.messages[0]?.from.name, 'Ines Marlow')
  await guest.getByRole('button', { name: 'Chat options' }).click()
  await guest.getByText('It is the one of your account.').waitFor()
  await context.close()
})

test('slow mode keeps the text in the field and counts down', async () => {
  chat.set({ mode: 'slow', slowSeconds: 2 })
  const { page: guest, context } = await page()
  await guest.getByText('Slow mode, 2 s').waitFor()
  await write(guest, 'one')
  await introduce(guest, 'Rosa')
  await guest.getByRole('button', { name: /^Send, in \d second/ }).waitFor()
  await write(guest, 'two')
  assert.equal(await field(guest), 'two')
  await guest.getByRole('button', { name: 'Send', exact: true }).waitFor()
  await guest.keyboard.press('Enter')
  await textsAre(guest, ['one', 'two'])
  // The room knows better than the page: a text that it sends back is in the field again.
  chat.set({ mode: 'open' })
  chat.room = { ...chat.room, mode: 'slow', slowSeconds: 60 }
  await write(guest, 'three')
  await guest.getByRole('button', { name: /^Send, in \d\d seconds/ }).waitFor()
  assert.equal(await field(guest), 'three')
  await textsAre(guest, ['one', 'two'])
  await context.close()
})

test('reactions float over the picture, at most twelve on a phone and none where motion is unwanted', async () => {
  const { page: guest, context } = await page({ viewport: phone })
  await guest.getByRole('button', { name: 'Heart' }).click()
  await until(guest, `document.querySelectorAll('#stage .floats svg').length === 1`)
  chat.tell({ type: 'reactions', counts: { applause: 900, star: 40 } })
  await until(guest, `document.querySelectorAll('#stage .floats svg').length === 12`)
  await guest.getByRole('button', { name: 'Applause, 900' }).waitFor()
  await until(guest, `document.querySelectorAll('#stage .floats svg').length === 0`)
  assert.deepEqual(
    chat.heard.filter(({ type }) => type === 'react'),
    [{ type: 'react', kind: 'heart' }],
  )
  // Its own is counted once, though the server counts it too.
  assert.equal(await guest.getByRole('button', { name: 'Heart, 1' }).count(), 1)
  await guest.emulateMedia({ reducedMotion: 'reduce' })
  chat.tell({ type: 'reactions', counts: { heart: 9 } })
  await guest.getByRole('button', { name: 'Heart, 10' }).getByText('10').waitFor()
  assert.equal(await guest.locator('#stage .floats svg').count(), 0)
  await context.close()
})

test('the keyboard reaches everything: T to the field, arrows walk messages, Enter opens what can be done', async () => {
  for (const text of ['one', 'two', 'three']) chat.say('Tom', text)
  const { page: guest, context } = await page()
  const focused = () =>
    guest.evaluate<string>(
      `document.activeElement.getAttribute('aria-label') ?? document.activeElement.querySelector('.txt')?.textContent ?? document.activeElement.id`,
    )
  await guest.keyboard.press('t')
  assert.equal(await focused(), 'say')
  // Back over the five reactions to the newest message.
  for (let i = 0; i < 6; i += 1) await guest.keyboard.press('Shift+Tab')
  assert.equal(await focused(), 'three')
  await guest.keyboard.press('ArrowUp')
  await guest.keyboard.press('ArrowUp')
  assert.equal(await focused(), 'one')
  await guest.keyboard.press('Enter')
  await guest.getByRole('menu').waitFor()
  assert.deepEqual(await faults(guest), [])
  await guest.keyboard.press('Escape')
  assert.equal(await focused(), 'one')
  // The first thing that can be done is to answer, the second to call whoever wrote it.
  await guest.keyboard.press('Enter')
  await guest.keyboard.press('Enter')
  await until(guest, `document.activeElement.id === 'say'`)
  await guest.locator('.replying', { hasText: 'Reply to Tom' }).waitFor()
  await guest.keyboard.press('Escape')
  for (let i = 0; i < 6; i += 1) await guest.keyboard.press('Shift+Tab')
  await guest.keyboard.press('Enter')
  await guest.keyboard.press('ArrowDown')
  await guest.keyboard.press('Enter')
  await until(guest, `document.activeElement.id === 'say'`)
  assert.equal(await field(guest), '@Tom ')
  await context.close()
})

test('who reads older messages isn’t moved, and is told how many came', async () => {
  for (let i = 0; i < 40; i += 1) chat.say('Tom', `line ${i}`)
  const { page: guest, context } = await page()
  await guest.getByText('line 39').waitFor()
  const top = () => guest.evaluate<number>(`document.querySelector('.log').scrollTop`)
  await guest.evaluate(`document.querySelector('.log').scrollTop = 200`)
  await guest.waitForTimeout(100)
  chat.say('Tom', 'new one')
  chat.say('Tom', 'another')
  await guest.getByRole('button', { name: '2 new messages, go to the end' }).click()
  await until(
    guest,
    `(() => { const log = document.querySelector('.log'); return log.scrollTop + log.clientHeight > log.scrollHeight - 5 })()`,
  )
  assert.ok((await top()) > 200)
  chat.hush(() => {
    for (let i = 0; i < 250; i += 1) chat.say('Tom', `more ${i}`)
  })
  await guest.getByText('more 249').waitFor()
  assert.equal((await texts(guest)).length, 200)
  assert.equal(await guest.getByRole('log').getAttribute('aria-live'), 'off', 'too many to be read out')
  await context.close()
})

test('hostile texts and names are shown as text, and nothing of them runs or loads', async () => {
  const asked: string[] = []
  for (const { text } of HOSTILE_TEXTS) chat.say(text.slice(0, 32), text)
  const { page: guest, context, complaints } = await page()
  guest.on('request', (request) => asked.push(request.url()))
  await guest.reload()
  await until(guest, `document.querySelectorAll('.log .msg').length === ${HOSTILE_TEXTS.length}`)
  assert.deepEqual(
    await texts(guest),
    HOSTILE_TEXTS.map(({ text }) => text),
  )
  assert.equal(await guest.evaluate('globalThis.hacked'), undefined)
  const inside = `document.querySelectorAll('.log :is(script, img, iframe, object, video, style, form, base, meta, math, details)').length`
  assert.equal(await guest.evaluate(inside), 0)
  const links = await guest.evaluate<string[]>(
    `[...document.querySelectorAll('.log a')].map((a) => a.protocol + a.rel)`,
  )
  assert.ok(
    links.every((link) => /^https?:noopener noreferrer nofollow ugc$/.test(link)),
    links.join(),
  )
  assert.deepEqual(
    asked.filter((url) => !url.startsWith(server.url) && !url.startsWith(server.url.replace('http', 'ws'))),
    [],
  )
  assert.equal(await guest.evaluate('document.documentElement.scrollWidth <= innerWidth'), true)
  assert.deepEqual(complaints, [])
  await context.close()
})

for (const [device, viewport, colorScheme, other] of [
  ['phone', phone, 'light', 'dark'],
  ['desktop', desktop, 'dark', 'light'],
] as const) {
  test(`axe finds nothing, and nothing moves when the chat appears: ${device}`, async () => {
    const hourAgo = new Date(Date.now() - 3_600_000).toISOString()
    chat.say('hal_g', 'bad', { at: hourAgo })
    chat.say('Linden Valley Choir', 'Good evening https://linden.example/words', { role: 'host' })
    const { page: guest, context, complaints } = await page({ colorScheme, viewport, script: countShift })
    await guest.getByText('Good evening').waitFor()
    // What is left is the site's own name above, once it is known.
    assert.ok((await guest.evaluate<number>('shift')) < 0.002)
    chat.tell({ type: 'removed', seqs: [1] })
    await guest.getByText('Removed by a moderator').waitFor()
    await write(guest, 'x'.repeat(501))
    await guest.getByText('1 character too many').waitFor()
    assert.deepEqual(await faults(guest), [])
    await write(guest, 'hello')
    await guest.getByLabel('What shall we call you?').waitFor()
    await introduce(guest, '')
    await guest.getByText('Enter a name.').waitFor()
    await guest.emulateMedia({ colorScheme: other })
    assert.deepEqual(await faults(guest), [])
    await introduce(guest, 'Rosa')
    await guest.locator('.msg.mine').waitFor()
    await guest.getByRole('button', { name: 'Chat options' }).click()
    assert.deepEqual(await faults(guest), [])
    await guest.keyboard.press('Escape')
    chat.set({ mode: 'off' })
    await guest.locator('.chat-note').waitFor()
    assert.deepEqual(complaints, [])
    await context.close()
  })
}

test('on a phone that lies on its side the chat comes over the picture, and the page is no wider for it', async () => {
  chat.say('Tom', 'one')
  const { page: guest, context } = await page({ viewport: { width: 844, height: 390 } })
  await guest.locator('.msg').waitFor()
  const box = (selector: string) =>
    guest.evaluate<number[]>(
      `(({ left, right }) => [left, right])(document.querySelector('${selector}').getBoundingClientRect())`,
    )
  assert.deepEqual(await box('#chat'), [844, 1164])
  assert.equal(await guest.evaluate('document.documentElement.scrollWidth'), 844)
  await guest.getByRole('button', { name: 'Chat', exact: true }).click()
  await until(guest, `document.querySelector('#chat').getBoundingClientRect().right === 844`)
  assert.deepEqual(await box('#stage'), [0, 844], 'the picture stays')
  await guest.getByRole('button', { name: 'Chat', exact: true }).click()
  await until(guest, `document.querySelector('#chat').getBoundingClientRect().left === 844`)
  await context.close()
})

test('a channel without a chat has its one column from the beginning: nothing moves', async () => {
  server.set(slug, { chat: false })
  const { page: guest, context } = await visit(browser, 'about:blank', { script: countShift })
  // As the real server writes it into the document.
  const boot = JSON.stringify({
    site: { name: server.siteName, rtmpPort: 1935, rtmpsPort: null, signUp: 'invitation', mail: false },
    channel: server.channels.get(slug),
  })
  await guest.route(`${server.url}/c/${slug}`, async (route) => {
    const html = await (await route.fetch()).text()
    const body = html.replace('</head>', `<script type="application/json" id="boot">${boot}</script></head>`)
    await route.fulfill({ contentType: 'text/html', body })
  })
  await guest.goto(`${server.url}/c/${slug}`)
  await guest.getByRole('heading', { name: 'Evensong by candlelight', exact: true }).waitFor()
  await until(guest, `document.querySelector('.watch').dataset.state === 'offline'`)
  assert.equal(await guest.locator('.watch.two').count(), 0)
  assert.equal(await guest.evaluate('shift'), 0)
  await context.close()
})
