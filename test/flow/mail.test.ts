import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { test } from 'node:test'
import { silentLog } from '../../src/base/log.ts'
import { SmtpMailer } from '../../src/mail/smtp-mailer.ts'
import { Mailbox, secretIn } from '../light/mailbox.ts'
import { Browser, PASSWORD } from './browser.ts'
import { bodyOf, type Harness, harness, json } from './http-harness.ts'

const PUBLIC_URL = 'https://live.example.org'
const FROM = 'StreamHost <live@example.org>'

type Posted = AsyncDisposable & { readonly server: Harness; readonly box: Mailbox; readonly mailer: SmtpMailer }

async function posted(signUp: 'open' | 'invitation' = 'open'): Promise<Posted> {
  await using undo = new AsyncDisposableStack()
  const box = undo.use(await Mailbox.open())
  const mailer = new SmtpMailer({ url: box.url, from: FROM, site: 'Linden Valley' }, silentLog, [1, 1, 1])
  undo.defer(() => mailer.stop())
  const server = undo.use(await harness({ mailer, auth: { signUp }, settings: { publicUrl: PUBLIC_URL } }))
  const done = undo.move()
  return { server, box, mailer, [Symbol.asyncDispose]: () => done.disposeAsync() }
}

const post = (server: Harness, path: string, body: unknown, headers = {}): Promise<Response> =>
  fetch(server.url + path, json('POST', body, headers))

test('who signs up proves the address by the letter that comes there, and is signed in', async () => {
  await using all = await posted()
  const { server, box } = all
  const browser = new Browser(server.url)
  const body = { email: 'anna@example.org', name: 'Anna', password: PASSWORD }
  const answer = await browser.send('POST', '/api/v1/sign-up', body)
  assert.deepEqual([answer.status, await answer.json()], [202, { mailed: true }])
  assert.equal(await server.accounts.people.count(), 0)
  const letter = await box.letter(0)
  assert.deepEqual([letter.from, letter.to], ['live@example.org', ['anna@example.org']])
  assert.match(letter.head, /^From: StreamHost <live@example.org>$/m)
  assert.match(letter.head, /^Auto-Submitted: auto-generated$/m)
  assert.ok(letter.text.includes(`${PUBLIC_URL}/verify#t=`), letter.text)
  assert.equal((await browser.signIn('anna@example.org')).status, 401, 'nobody yet')
  const verified = await browser.send('POST', '/api/v1/email-verification', { token: secretIn(letter) })
  assert.equal(verified.status, 200)
  const { person } = (await browser.session()) as { person: { emailVerified: boolean; role: string } }
  assert.deepEqual([person.emailVerified, person.role], [true, 'viewer'])
  const again = await browser.send('POST', '/api/v1/email-verification', { token: secretIn(letter) })
  assert.equal(again.status, 404)
})

test('signing up with an address that is known is answered alike; only its owner learns of it', async () => {
  await using all = await posted()
  const { server, box } = all
  await server.accounts.people.create({
    ...{ email: 'anna@example.org', name: 'Anna', role: 'viewer', password: PASSWORD, emailVerified: true },
  })
  const answers = []
  for (const email of ['ANNA@example.org', 'new@example.org']) {
    const answer = await post(server, '/api/v1/sign-up', { email, name: 'X', password: 'another long password' })
    const { date: _, 'x-ratelimit-remaining': __, ...headers } = Object.fromEntries(answer.headers)
    answers.push(JSON.stringify([answer.status, headers, await answer.json()]))
  }
  assert.equal(answers[0], answers[1])
  const letters = [await box.letter(0), await box.letter(1)]
  const toAnna = letters.find(({ to }) => to[0] === 'anna@example.org') ?? assert.fail()
  assert.match(toAnna.head, /^Subject: You have an account on Linden Valley$/m)
  assert.equal(secretIn(toAnna), '')
  assert.equal((await new Browser(server.url).signIn('anna@example.org')).status, 200, 'her password is as it was')
})

test('a forgotten password is replaced by a link in mail, once, and signs out everywhere', async () => {
  await using all = await posted()
  const { server, box } = all
  await server.accounts.people.create({ email: 'anna@example.org', name: 'Anna', role: 'viewer', password: PASSWORD })
  const browser = new Browser(server.url)
  await browser.signIn('anna@example.org')
  const answers = []
  for (const email of ['anna@example.org', 'nobody@example.org']) {
    const answer = await post(server, '/api/v1/password-reset', { email }, { 'accept-language': 'de' })
    const { date: _, 'x-ratelimit-remaining': __, ...headers } = Object.fromEntries(answer.headers)
    answers.push(JSON.stringify([answer.status, headers, await answer.json()]))
  }
  assert.equal(answers[0], answers[1])
  const token = secretIn(await box.letter(0))
  const confirm = (password: string) => post(server, '/api/v1/password-reset/confirm', { token, password })
  assert.equal((await confirm('password123')).status, 400, 'a bad one does not use the link up')
  assert.equal((await confirm('quite another password')).status, 204)
  assert.equal((await confirm('quite another password')).status, 404)
  assert.equal((await browser.session()).role, 'public')
  assert.equal((await browser.signIn('anna@example.org')).status, 401)
  assert.equal((await browser.signIn('anna@example.org', 'quite another password')).status, 200)
  assert.match((await box.letter(1)).head, /^Subject: Your password on Linden Valley was changed$/m)
  assert.equal(box.letters.length, 2)
})

test('an invitation comes by mail, is for its address alone, and gives the role in the channel with it', async () => {
  await using all = await posted('invitation')
  const { server, box } = all
  const owner = await server.signedIn('streamer', 'Owner')
  await post(server, '/api/v1/channels', { slug: 'main' }, owner.bearer)
  const invite = await post(
    server,
    '/api/v1/channels/main/invitations',
    { email: 'mod@example.org', role: 'moderator' },
    owner.bearer,
  )
  assert.equal(invite.status, 201)
  const { link, mailed } = await bodyOf(invite)
  const letter = await box.letter(0)
  assert.deepEqual([mailed, letter.to], [true, ['mod@example.org']])
  assert.ok(String(link).startsWith(`${PUBLIC_URL}/invitation#t=`) && letter.text.includes(String(link)))
  assert.match(letter.text, /Owner invites you to moderate the channel “main” on Linden Valley/)
  const token = secretIn(letter)
  const look = await bodyOf(await post(server, '/api/v1/one-time-links/look', { token }))
  assert.deepEqual(look.channel, { slug: 'main', title: 'main', role: 'moderator' })
  assert.deepEqual([look.email, look.from, look.role], ['mod@example.org', 'Owner', 'viewer'])
  const browser = new Browser(server.url)
  const body = { name: 'Mod', password: PASSWORD, invitation: token }
  const wrong = await browser.send('POST', '/api/v1/sign-up', { ...body, email: 'thief@example.org' })
  assert.equal(wrong.status, 400)
  assert.equal((await browser.send('POST', '/api/v1/sign-up', { ...body, email: 'Mod@Example.org' })).status, 201)
  const { items } = await bodyOf(await browser.send('GET', '/api/v1/you/channels'))
  assert.deepEqual(
    (items as { role: string }[]).map(({ role }) => role),
    ['moderator'],
  )
})

test('who has an account takes an invitation with it, if it is for their address', async () => {
  await using all = await posted('invitation')
  const { server, box } = all
  const [admin, anna, bert] = [
    await server.signedIn('admin'),
    await server.signedIn('viewer', 'Anna'),
    await server.signedIn('viewer', 'Bert'),
  ]
  await server.channels.create({ slug: 'main' })
  const body = { email: anna.person.email, role: 'streamer', channel: { slug: 'main', role: 'streamer' } }
  await post(server, '/api/v1/invitations', body, admin.bearer)
  const token = secretIn(await box.letter(0))
  const accept = (who: typeof anna) => post(server, '/api/v1/invitations/accept', { token }, who.cookie)
  assert.equal((await accept(bert)).status, 400)
  assert.equal((await accept(anna)).status, 200)
  assert.equal(await server.members.roleIn('main', anna.person.id), 'streamer')
  assert.equal((await server.accounts.people.get(anna.person.id)).role, 'streamer')
})

test('a withdrawn invitation opens nothing', async () => {
  await using all = await posted('invitation')
  const { server } = all
  const made = await bodyOf(await post(server, '/api/v1/invitations', { role: 'viewer' }, server.admin))
  const { id } = made.invitation as { id: string }
  const list = async () =>
    (await bodyOf(await fetch(`${server.url}/api/v1/invitations`, { headers: server.admin }))).items as unknown[]
  assert.equal((await list()).length, 1)
  const gone = await fetch(`${server.url}/api/v1/invitations/${id}`, { method: 'DELETE', headers: server.admin })
  assert.equal(gone.status, 204)
  const token = String(made.link).split('#t=')[1]
  assert.equal((await post(server, '/api/v1/one-time-links/look', { token })).status, 404)
  assert.equal((await list()).length, 0)
})

test('links lead to server.publicUrl, whatever a request calls us (host-header poisoning)', async () => {
  await using all = await posted('invitation')
  const { server, box } = all
  await server.accounts.people.create({ email: 'anna@example.org', name: 'Anna', role: 'viewer', password: PASSWORD })
  const poisoned = { host: 'evil.example', 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' }
  const ask = (path: string, body: unknown, headers = {}) =>
    new Promise<string>((resolve, reject) => {
      const sent = { 'content-type': 'application/json', ...poisoned, ...headers }
      const asked = httpRequest(server.url + path, { method: 'POST', headers: sent }, async (answer) => {
        resolve(Buffer.concat(await answer.toArray()).toString())
      })
      asked.on('error', reject).end(JSON.stringify(body))
    })
  await ask('/api/v1/password-reset', { email: 'anna@example.org' })
  const letter = await box.letter(0)
  assert.ok(letter.text.includes(`${PUBLIC_URL}/reset#t=`) && !`${letter.head}${letter.text}`.includes('evil'))
  const made = await ask('/api/v1/invitations', { role: 'viewer' }, server.admin)
  assert.ok(made.includes(`${PUBLIC_URL}/invitation#t=`) && !made.includes('evil'))
})

test('without server.publicUrl a link is told without an address, and nothing is sent', async () => {
  await using box = await Mailbox.open()
  const mailer = new SmtpMailer({ url: box.url, from: FROM, site: 'x' }, silentLog)
  await using server = await harness({ mailer })
  const body = { role: 'viewer', email: 'anna@example.org' }
  const made = await bodyOf(await post(server, '/api/v1/invitations', body, server.admin))
  assert.match(String(made.link), /^\/invitation#t=[\w-]{43}$/)
  assert.equal(made.mailed, false)
  assert.deepEqual((await bodyOf(await fetch(`${server.url}/api/v1/site`))).mail, false)
  await mailer.stop()
  assert.equal(box.letters.length, 0)
})

test('without mail nobody is told that a link to a new password is on its way, and nobody learns who has an account', async () => {
  await using server = await harness()
  await server.accounts.people.create({ email: 'anna@example.org', name: 'Anna', role: 'viewer', password: PASSWORD })
  const answers = []
  for (const email of ['anna@example.org', 'nobody@example.org']) {
    const answer = await post(server, '/api/v1/password-reset', { email })
    answers.push({ status: answer.status, body: await bodyOf(answer) })
  }
  assert.deepEqual(answers[0], answers[1])
  assert.equal(answers[0]?.status, 409)
  assert.match(JSON.stringify(answers[0]?.body), /this server sends no mail/i)
})

test('nobody’s mailbox is filled: three letters an hour to an address', async () => {
  await using all = await posted()
  const { server, box } = all
  await server.accounts.people.create({ email: 'anna@example.org', name: 'Anna', role: 'viewer', password: PASSWORD })
  for (let n = 0; n < 6; n++) {
    assert.equal((await post(server, '/api/v1/password-reset', { email: 'anna@example.org' })).status, 202)
  }
  await server.accounts.credentials.settled()
  for (let at = 0; at < 3; at++) await box.letter(at)
  await all.mailer.stop()
  assert.equal(box.letters.length, 3)
})

test('another address counts once it is proved, and the old one is told', async () => {
  await using all = await posted()
  const { server, box } = all
  await server.accounts.people.create({
    ...{ email: 'old@example.org', name: 'Anna', role: 'viewer', password: PASSWORD, emailVerified: true },
  })
  const browser = new Browser(server.url)
  await browser.signIn('old@example.org')
  const change = (password: string) => browser.send('PUT', '/api/v1/you/email', { email: 'new@example.org', password })
  assert.equal((await change('wrong')).status, 403)
  assert.equal((await change(PASSWORD)).status, 202)
  const email = async () => (await bodyOf(await browser.send('GET', '/api/v1/you'))).email
  assert.equal(await email(), 'old@example.org')
  const letter = await box.letter(0)
  assert.deepEqual(letter.to, ['new@example.org'])
  assert.equal((await post(server, '/api/v1/email-verification', { token: secretIn(letter) })).status, 200)
  assert.equal(await email(), 'new@example.org')
  const notice = await box.letter(1)
  assert.deepEqual(notice.to, ['old@example.org'])
  assert.equal(secretIn(notice), '')
})

test('a letter that the server can’t take now is tried again, one that it never will is not', async () => {
  await using box = await Mailbox.open()
  const mailer = new SmtpMailer({ url: box.url, from: FROM, site: 'x' }, silentLog, [1, 1, 1])
  box.refusals.push({ code: 451, words: 'later' }, { code: 451, words: 'later' })
  mailer.send(
    { email: 'anna@example.org', locale: 'de-AT' },
    { kind: 'reset-password', name: 'Anna', link: 'https://x/#t=' },
  )
  const { head } = await box.letter(0)
  assert.match(head, /^Subject: =\?UTF-8\?Q\?Ein_neues_Passwort/m)
  await mailer.stop()
  assert.equal(mailer.sent, 1)
  const logged: unknown[] = []
  const told = new SmtpMailer(
    { url: box.url, from: FROM, site: 'x' },
    {
      ...silentLog,
      error: (fields) => void logged.push(fields),
    },
  )
  box.refusals.push({ code: 550, words: 'no anna@example.org here' })
  told.send(
    { email: 'anna@example.org', locale: null },
    { kind: 'reset-password', name: 'Anna', link: 'https://x/#t=s' },
  )
  await told.stop()
  assert.equal(told.failed, 1)
  const text = JSON.stringify(logged)
  assert.ok(text.includes('no …@… here') && !text.includes('anna') && !text.includes('#t='), text)
})

test('nothing that people are called gets into the head of a letter, and an address is one address', async () => {
  await using box = await Mailbox.open()
  const mailer = new SmtpMailer({ url: box.url, from: FROM, site: 'A\r\nBcc: evil@example.org' }, silentLog)
  const name = 'Anna\r\nBcc: evil@example.org'
  mailer.send(
    { email: 'anna@example.org,evil@example.org', locale: null },
    { kind: 'invitation', from: name, channel: null, link: 'https://x' },
  )
  mailer.send(
    { email: 'anna@example.org', locale: null },
    { kind: 'invitation', from: name, channel: null, link: 'https://x' },
  )
  await mailer.stop()
  for (const { head, to } of box.letters) {
    assert.doesNotMatch(head, /^Bcc:/im)
    assert.ok(!to.includes('evil@example.org'), String(to))
  }
  assert.ok(box.letters.some(({ to }) => to.includes('anna@example.org')))
})

test('a password goes to a mail server on another machine only by TLS', async () => {
  await using box = await Mailbox.open({ authOptional: true, onAuth: (_, __, done) => done(null, { user: 'x' }) })
  const logged: unknown[] = []
  // A name that isn't loopback to us, though it leads there.
  const mailer = new SmtpMailer(
    { url: `smtp://user:secret@0.0.0.0:${box.port}`, from: FROM, site: 'x' },
    { ...silentLog, warn: (fields) => void logged.push(fields), error: (fields) => void logged.push(fields) },
    [],
  )
  mailer.send({ email: 'anna@example.org', locale: null }, { kind: 'reset-password', name: 'Anna', link: 'https://x' })
  await mailer.stop()
  assert.equal(box.letters.length, 0)
  assert.ok(JSON.stringify(logged).includes('could not') || logged.length > 0)
  assert.ok(!JSON.stringify(logged).includes('secret'))
})
