import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Encoder, encoded } from '../light/encoder.ts'
import { hurryFfmpegs, transcoders } from '../light/processes.ts'
import { ServerProcess, until } from '../light/server-process.ts'
import { readExposition } from '../oracles/exposition.ts'
import { checkMediaPlaylist, checkReload } from '../oracles/playlist-rules.ts'
import { parseMediaPlaylist, parseMultivariantPlaylist, type StrictMedia } from '../oracles/strict-playlist.ts'

// The real server with a rung that is made only while somebody watches it: 426x240 with half of the frames, of 640x360.

/** Children give way to everything else that a machine does. */
const LONG_MS = 90_000
/** Segments until it comes, where a machine is so busy that FFmpeg takes seconds to begin. */
const SOON = 15
let server: ServerProcess
let encoder: Encoder
let letBe = () => {}

before(async () => {
  await encoded('gop2')
  server = await ServerProcess.start({
    readyWithinMs: 60_000,
    sections: { packaging: 'liveSeconds: 60' },
    yaml: 'transcode: { ladder: low, onDemand: all, idleSeconds: 5 }\n',
  })
  letBe = hurryFfmpegs(server.child.pid ?? 0)
  encoder = await Encoder.replay('gop2', server.publishUrl('hall'))
  await server.live('hall')
})
after(async () => {
  letBe()
  await encoder?.stop()
  await server?.stop()
})

const get = (file: string): Promise<Response> => fetch(`${server.url}/live/hall/${file}`)

/** What the multivariant playlist says of the rung, but for its rate. */
async function announced(): Promise<Readonly<Record<string, string | undefined>> | undefined> {
  const { variants } = parseMultivariantPlaylist(await (await get('index.m3u8')).text())
  const rung = variants.find(({ uri }) => uri === '240p.m3u8')
  const of = (name: string) => rung?.attributes.get(name)
  return rung && { resolution: of('RESOLUTION'), codecs: of('CODECS'), frameRate: of('FRAME-RATE') }
}

/** Number of the newest complete segment. */
const newestOf = async (name: string): Promise<number> =>
  parseMediaPlaylist(await (await get(`${name}.m3u8`)).text()).segments.at(-1)?.msn ?? -1

/** As a player does: asks for what comes next, and takes the newest of it. Each playlist goes on from the one before. */
class Viewer {
  #last: StrictMedia | undefined

  async look(): Promise<StrictMedia> {
    const { open, mediaSequence = 0, segments = [] } = this.#last ?? {}
    const next = `?_HLS_msn=${mediaSequence + segments.length}&_HLS_part=${open?.parts.length ?? 0}`
    const playlist = parseMediaPlaylist(await (await get(`240p.m3u8${this.#last === undefined ? '' : next}`)).text())
    checkMediaPlaylist(playlist)
    if (this.#last !== undefined) checkReload(this.#last, playlist)
    this.#last = playlist
    const newest = playlist.open.parts.at(-1) ?? playlist.segments.at(-1)?.parts.at(-1)
    if (newest !== undefined) assert.equal((await get(newest.uri)).status, 200)
    return playlist
  }
}

/** Numbers of the segments that are the rung's own, by their initialization section. */
const ownOf = ({ segments }: StrictMedia, lent: string | undefined): number[] =>
  segments.flatMap(({ msn, map }) => (map === lent ? [] : [msn]))

let lent: string | undefined
let promise: Awaited<ReturnType<typeof announced>>

test('a rung is listed as what it will be while nothing is made, and who looks what there is wakes nobody', async () => {
  await until(async () => (await announced()) !== undefined, LONG_MS, 'there is no rung')
  promise = await announced()
  assert.equal(promise?.resolution, '426x240')
  assert.match(promise?.frameRate ?? '', /^15/)
  const playlist = parseMediaPlaylist(await (await get('240p.m3u8')).text())
  lent = playlist.segments[0]?.map ?? playlist.open.map
  // As long as a wish to watch would take to be heard.
  await until(async () => (await newestOf('source')) > (playlist.segments.at(-1)?.msn ?? 0), LONG_MS, 'nothing comes')
  assert.deepEqual(transcoders(server.child.pid ?? 0), [])
})

test('who watches it has its own media after a few segments, with no number left out and no gap', async () => {
  const viewer = new Viewer()
  let playlist = await viewer.look()
  const asked = playlist.segments.at(-1)?.msn ?? 0
  while (ownOf(playlist, lent).length < 2) playlist = await viewer.look()
  assert.equal(transcoders(server.child.pid ?? 0).length, 1)
  assert.deepEqual(
    playlist.segments.filter(({ gap, discontinuity }) => gap || discontinuity),
    [],
  )
  assert.ok((ownOf(playlist, lent)[0] ?? 0) <= asked + SOON, `asked at ${asked}, own are ${ownOf(playlist, lent)}`)
  assert.deepEqual(await announced(), promise)
})

test('when nobody asks any more nothing is made, and the source’s segments go on in its place', async () => {
  await until(() => transcoders(server.child.pid ?? 0).length === 0, LONG_MS, 'FFmpeg still runs')
  // Before this test looks for media of it, which is asking.
  const told = async (name: string) =>
    readExposition(await (await fetch(`${server.url}/metrics`)).text()).get(`streamhost_transcode_${name}`)?.samples[0]
      ?.value
  await until(async () => (await told('children')) === 0, LONG_MS, 'a child is counted that is gone')
  // A slow machine may let it sleep between two looks of its viewer.
  assert.ok(((await told('wakes_total')) ?? 0) >= 1)
  const list = async (): Promise<StrictMedia> => parseMediaPlaylist(await (await get('240p.m3u8')).text())
  await until(async () => (await list()).segments.at(-1)?.map === lent, LONG_MS, 'the source stands in for nothing')
  const playlist = await list()
  checkMediaPlaylist(playlist)
  assert.deepEqual(
    playlist.segments.filter(({ gap }) => gap),
    [],
  )
  const last = playlist.segments.at(-1)
  const bytesOf = async (uri = ''): Promise<Buffer> => Buffer.from(await (await get(uri)).arrayBuffer())
  assert.ok((await bytesOf(last?.uri)).equals(await bytesOf(last?.uri?.replace('240p/', 'source/'))))
})
