import { FakeServer } from './fake-server.ts'
import { makeSource } from './ll-source.ts'
import { LlOrigin } from './ll-origin.ts'
import { launch, playing, stats, desktop, phone } from './browser.ts'
const server = new FakeServer(); await server.start()
const source = await makeSource({ seconds: 60, gop: Number(process.argv[2] ?? 2), framesPerPart: Number(process.argv[3] ?? 10) })
server.origins.set('choir', new LlOrigin({ source, headStart: Number(process.argv[5] ?? 9) }))
server.set('choir', { title: 'Evensong by candlelight', state: 'live', startedAt: new Date(Date.now()-2477000).toISOString(), viewers: 268, presentation: 'p1' })
const browser = await launch()
const page = await browser.newPage()
page.on('console', m => console.log(Date.now()%100000, m.text().slice(0,260)))
await page.addInitScript(`document.addEventListener('player-config', (e) => { e.detail.config.debug = true })`)
await page.goto(server.url + '/c/choir')
await playing(page).catch(e => console.log(String(e)))
for (let i=0;i<Number(process.argv[4] ?? 5);i++){ await page.waitForTimeout(1000)
console.log(JSON.stringify(await stats(page)), JSON.stringify(await page.evaluate(`(()=>{const v=document.querySelector('video');return [v.currentTime,v.paused,v.readyState,v.playbackRate,[...Array(v.buffered.length).keys()].map(i=>[v.buffered.start(i),v.buffered.end(i)])]})()`)))}
await browser.close(); await server.stop(); process.exit(0)
