import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { desktop, launch, phone, until, visit } from './browser.ts'
import { FakeServer } from './fake-server.ts'

const server = new FakeServer()
let browser: Browser

before(async () => {
  ;[browser] = await Promise.all([launch(), server.start()])
})
after(async () => {
  await browser?.close()
  await server.stop()
})

const VIENNA = { locale: 'en-GB', timezoneId: 'Europe/Vienna' }
const accentOf = (page: import('playwright-core').Page) =>
  page.evaluate<string>(`getComputedStyle(document.querySelector('main')).getPropertyValue('--accent').trim()`)

test('a channel that is not on air says what comes next in the viewer’s own time, and gives it to the calendar', async () => {
  server.set('choir', { title: 'Linden Valley Choir', state: 'offline' })
  const { page, context, complaints } = await visit(browser, `${server.url}/c/choir`, VIENNA)
  await until(page, `document.querySelector('.say h2')?.textContent === 'Linden Valley Choir is not on air'`)
  const year = new Date().getFullYear() + 1
  server.set('choir', {
    nextBroadcast: { at: `${year}-11-29T09:00:00.000Z`, title: 'First Sunday of Advent', minutes: 90 },
  })
  await until(page, `document.querySelector('.say h2')?.textContent === 'Next: First Sunday of Advent'`)
  const when = await page.textContent('.say .when')
  assert.match(when ?? '', new RegExp(`^\\w+day,? 29 November ${year} at 10:00 · in \\d+ days$`))
  const calendar = page.getByRole('link', { name: 'Add to calendar' })
  assert.equal(await calendar.getAttribute('href'), '/api/v1/channels/choir/schedule.ics')
  assert.notEqual(await calendar.getAttribute('download'), null)
  // A minute after its time it is late, and nothing more can be put into a calendar.
  server.set('choir', { nextBroadcast: { at: new Date(Date.now() - 60_000).toISOString(), title: 'Now', minutes: 90 } })
  await until(page, `/^It was to begin at/.test(document.querySelector('.say p')?.textContent ?? '')`)
  assert.equal(await calendar.count(), 0)
  assert.deepEqual(complaints, [])
  await context.close()
})

test('the channel’s colour is on its page in a form that can be read, and leaves with it', async () => {
  server.set('choir', { title: 'Choir', state: 'offline', accent: '#0a1f5c', nextBroadcast: null })
  const { page, context, complaints } = await visit(browser, `${server.url}/c/choir`, { colorScheme: 'light' })
  await until(
    page,
    `getComputedStyle(document.querySelector('main')).getPropertyValue('--accent').trim() === '#0a1f5c'`,
  )
  await page.emulateMedia({ colorScheme: 'dark' })
  assert.equal(await accentOf(page), '#516fb3')
  server.set('choir', { accent: '#bfeee0' })
  await until(
    page,
    `getComputedStyle(document.querySelector('main')).getPropertyValue('--accent').trim() === '#bfeee0'`,
  )
  await page.click('.brand')
  await until(page, `document.querySelector('.home') !== null`)
  assert.notEqual(await accentOf(page), '#bfeee0')
  assert.deepEqual(complaints, [])
  await context.close()
})

test('what is told of a channel is text, long texts open, and on a phone beside a chat all of it does', async () => {
  const description = `<b>Sundays</b> at ten.\n${'The choir of the valley sings. '.repeat(20)}`
  server.set('choir', { title: 'Choir', state: 'offline', description, tags: ['Choir', '<i>music</i>'], chat: true })
  const { page, context, complaints } = await visit(browser, `${server.url}/c/choir`, { viewport: desktop })
  await page.waitForSelector('.description')
  assert.equal(await page.textContent('.description'), description)
  assert.deepEqual(await page.locator('.tags li').allTextContents(), ['Choir', '<i>music</i>'])
  const height = () => page.evaluate<number>(`document.querySelector('.description').clientHeight`)
  const short = await height()
  await page.getByRole('button', { name: 'Show more' }).click()
  assert.ok((await height()) > short)
  await page.setViewportSize(phone)
  assert.equal(await page.isVisible('.description'), false)
  await page.getByRole('button', { name: 'About this broadcast' }).click()
  assert.equal(await page.isVisible('.description'), true)
  assert.deepEqual(complaints, [])
  await context.close()
})
