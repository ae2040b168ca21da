import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { encoded } from '../light/encoder.ts'
import { RtmpPublisher, readFlvFile, replay } from '../light/rtmp-publisher.ts'
import { ServerProcess, until } from '../light/server-process.ts'
import { parseMediaPlaylist, type StrictMedia } from '../oracles/strict-playlist.ts'

const run = promisify(execFile)

const LONG_MS = 60_000
/** So much faster than real time. */
const SPEED = 15
/** A minute is what the store gives up at once; the media is three of them, and room is for two. */
const MINUTES = 3.2
const ROOM_MINUTES = 2.2
/** The database and what else is in the data directory. */
const OTHER_BYTES = 3 * 2 ** 20
/** Far more than comes between two looks at what is free. */
const FILLED = 16 * 2 ** 20

/** A server whose data is on a disk that a broadcast of some minutes fills. */
async function onSmallDisk(undo: AsyncDisposableStack, minFreeBytes: number) {
  const folder = await mkdtemp(join(tmpdir(), 'streamhost-small-disk-'))
  undo.defer(() => rm(folder, { recursive: true, force: true }))
  const file = await encoded('gop2')
  const tags = readFlvFile(file)
  const seconds = ((tags.at(-1)?.timestamp ?? 0) - (tags[0]?.timestamp ?? 0)) / 1000
  const size = Math.round(((await stat(file)).size / seconds) * 60 * ROOM_MINUTES) + OTHER_BYTES + minFreeBytes
  await run('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder])
  undo.defer(() => run('umount', ['-l', folder]).then(() => {}))
  process.env.STREAMHOST_STORAGE_MIN_FREE_BYTES = String(minFreeBytes)
  const server = await ServerProcess.start({
    dataDir: join(folder, 'data'),
    sections: { packaging: 'liveSeconds: 6, dvrSeconds: 1800' },
    yaml: 'observability: { log: { format: json } }\n',
  })
  undo.defer(() => server.stop())
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, name: 'choir' })
  const list = async (query: string): Promise<StrictMedia> =>
    parseMediaPlaylist(await (await fetch(`${server.url}/live/choir/source.m3u8${query}`)).text())
  const metric = async (name: string): Promise<number> => {
    const text = await (await fetch(`${server.url}/metrics`)).text()
    return Number(new RegExp(`^streamhost_segments_${name} (.*)$`, 'm').exec(text)?.[1])
  }
  const play = (minutes: number): Promise<void> =>
    replay([publisher], tags, { speed: SPEED, loops: Math.ceil((minutes * 60) / seconds) })
  return { folder, server, list, metric, play, base: `${server.url}/live/choir/` }
}

/** Every segment that is listed and no gap can be had. @returns how many those are */
async function allThere(base: string, { segments }: StrictMedia): Promise<number> {
  const there = segments.flatMap(({ uri, gap }) => (gap || uri === undefined ? [] : [uri]))
  for (const uri of there) assert.equal((await fetch(base + uri)).status, 200, uri)
  return there.length
}

const said = (server: ServerProcess, words: string): number => server.output.split(words).length - 1

test('with little of the disk free, old minutes of the rewind window go first, and live goes on', async () => {
  await using undo = new AsyncDisposableStack()
  const { server, list, metric, play, base } = await onSmallDisk(undo, FILLED)
  await play(MINUTES)
  assert.ok((await metric('shrunk_total')) >= 1, 'minutes were given up')
  assert.equal(await metric('write_errors_total'), 0)
  assert.equal(await metric('writing'), 1)
  assert.equal(said(server, 'rewind windows are shortened'), 1)
  const [live, rewind] = [await list(''), await list('?dvr=1')]
  assert.ok(rewind.mediaSequence > 0, 'the oldest are gone')
  assert.ok(rewind.mediaSequence < live.mediaSequence, 'there is still something to rewind to')
  await allThere(base, live)
  assert.ok((await allThere(base, rewind)) > 20)
})

test('on a full disk live goes on without a fault, it is said, and what was kept stays readable', async () => {
  await using undo = new AsyncDisposableStack()
  const { folder, server, list, metric, play, base } = await onSmallDisk(undo, 0)
  // Somebody else's file takes what is free.
  await run('fallocate', ['-l', String(8 * 2 ** 20), join(folder, 'other')])
  await play(MINUTES)
  assert.ok((await metric('write_errors_total')) >= 1, 'the disk was full')
  assert.ok(said(server, 'media could not be written to the disk; live goes on') >= 1)
  const live = await list('')
  assert.ok((await allThere(base, live)) >= 3)
  await allThere(base, await list('?dvr=1'))
  await rm(join(folder, 'other'))
  const before = live.open.msn
  await play(1)
  assert.ok((await list('')).open.msn > before)
  await until(async () => (await metric('writing')) === 1, LONG_MS, 'nothing is kept again')
})
