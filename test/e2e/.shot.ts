import { FakeServer, adminToken } from './fake-server.ts'
import { makeSource } from './ll-source.ts'
import { LlOrigin } from './ll-origin.ts'
import { launch, visit, playing, viewIs, desktop, phone, noSoundBeforeTap } from './browser.ts'
const server = new FakeServer(); await server.start()
const source = await makeSource({ seconds: 90, gop: 2, framesPerPart: 10 })
const ago = new Date(Date.now()-2477000).toISOString()
server.origins.set('choir', new LlOrigin({ source, headStart: 25 }))
server.set('choir', { title: 'Evensong by candlelight', state: 'live', startedAt: ago, viewers: 268, presentation: 'p1' })
server.set('council', { title: 'Town Council', state: 'reconnecting', graceEndsAt: new Date(Date.now()+55000).toISOString(), startedAt: ago, viewers: 144, presentation: 'p1' })
server.set('school', { title: 'Hill School' })
server.set('rovers', { title: 'Linden Rovers', state: 'starting' })
server.set('rowing', { title: 'Rowing Club', state: 'ended', endedAt: new Date(Date.now()-130000).toISOString() })
const browser = await launch()
for (const [d, viewport, colorScheme] of [['desk-light', desktop, 'light'], ['phone-dark', phone, 'dark']] as const) {
  const o = { viewport, colorScheme, hasTouch: d.startsWith('phone'), isMobile: d.startsWith('phone') }
  const { page, context } = await visit(browser, server.url + '/c/choir', { ...o, script: noSoundBeforeTap })
  await playing(page)
  await page.screenshot({ path: `/tmp/s-${d}-sound.png` })
  if (!o.hasTouch) await page.mouse.move(300, 300); else await page.touchscreen.tap(180, 120)
  await page.waitForTimeout(300)
  await page.screenshot({ path: `/tmp/s-${d}-live.png` })
  await page.keyboard.press('?'); await page.waitForTimeout(300)
  await page.screenshot({ path: `/tmp/s-${d}-keys.png` }); await page.keyboard.press('Escape'); await page.waitForTimeout(150)
  await page.keyboard.press('ArrowLeft'); await page.waitForTimeout(1200)
  await page.screenshot({ path: `/tmp/s-${d}-back.png` })
  await context.setOffline(true); await viewIs(page, 'no-network'); await page.waitForTimeout(200)
  await page.screenshot({ path: `/tmp/s-${d}-nonet.png` })
  await context.setOffline(false)
  for (const [slug, view] of [['council','reconnecting'],['school','offline'],['rovers','starting'],['rowing','over'],['none','missing']]) {
    await page.goto(`${server.url}/c/${slug}`); await viewIs(page, view); await page.waitForTimeout(200)
    await page.screenshot({ path: `/tmp/s-${d}-${view}.png` })
  }
  await page.goto(server.url); await page.waitForTimeout(500); await page.screenshot({ path: `/tmp/s-${d}-home.png` })
  await page.goto(server.url+'/sign-in'); await page.waitForTimeout(400); await page.screenshot({ path: `/tmp/s-${d}-signin.png` })
  await page.request.post(`${server.url}/api/v1/session`, { data: { token: adminToken } })
  await page.goto(server.url+'/admin'); await page.waitForTimeout(500); await page.screenshot({ path: `/tmp/s-${d}-admin.png` })
  await context.close()
}
await browser.close(); await server.stop(); process.exit(0)
