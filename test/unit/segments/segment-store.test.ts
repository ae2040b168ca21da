import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { silentLog } from '../../../src/base/log.ts'
import type { Track } from '../../../src/media/packet.ts'
import { SegmentStore } from '../../../src/segments/segment-store.ts'
import type { StoredBroadcast } from '../../../src/segments/stored-broadcast.ts'
import type { FoundBroadcast } from '../../../src/segments/stored-segment.ts'
import { cut, EPOCH } from './journal.cases.ts'

const INFO = { channel: 'c1', slug: 'choir', broadcast: 'b1', startedAt: 1_790_000_000_000, keepSeconds: 300 }
const TRACK: Track = { id: 1, codec: { kind: 'h264', avcC: Buffer.from([1, 2, 3]) }, timescale: 90_000 }
const INIT = Buffer.from('init')

let dataDir: string
const running = new Set<SegmentStore>()

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'streamhost-segments-'))
})
afterEach(async () => {
  for (const store of running) await store.stop()
  running.clear()
  await rm(dataDir, { recursive: true })
})

type Said = { readonly message: string; readonly fields: Record<string, unknown> }

async function start(
  minFreeBytes = 0,
): Promise<{ store: SegmentStore; found: readonly FoundBroadcast[]; said: Said[] }> {
  const said: Said[] = []
  const keep = (fields: Record<string, unknown>, message: string): void => void said.push({ message, fields })
  const log = { ...silentLog, info: keep, warn: keep, error: keep }
  const store = new SegmentStore({ dataDir, limits: { minFreeBytes }, log })
  running.add(store)
  return { store, found: await store.start(), said }
}

async function stop(store: SegmentStore): Promise<void> {
  running.delete(store)
  await store.stop()
}

/** A segment of two parts. @returns its bytes */
function write(broadcast: StoredBroadcast, name: string, msn: number, { close = true, bytes = 2000 } = {}): Buffer {
  const rendition = broadcast.rendition(name)
  if (rendition.inits.length === 0) rendition.init(0, TRACK, INIT)
  const parts = [randomBytes(bytes), randomBytes(bytes / 2)]
  rendition.open({ msn, cut: cut(msn), epoch: EPOCH, initIndex: 0, time: cut(msn).time })
  for (const [index, part] of parts.entries())
    rendition.part({ duration: 1, independent: index === 0, frames: 30 }, part)
  if (close) rendition.close()
  return Buffer.concat(parts)
}

const folder = (): string => join(dataDir, 'segments/c1/b1')

test('what was written is read back, by the process that wrote it and by the next', async () => {
  const { store, found } = await start()
  assert.deepEqual(found, [])
  const broadcast = store.open(INFO)
  broadcast.note('presentation', { targetDuration: 2 })
  const bytes = [0, 1, 2].map((msn) => write(broadcast, 'source', msn))
  broadcast.rendition('source').gap({ ...segment(3), duration: 2 })
  const open = write(broadcast, 'source', 4, { close: false })
  await stop(store)

  const next = await start()
  const [back] = next.found
  assert.ok(back !== undefined && next.found.length === 1)
  assert.deepEqual(back.notes, { presentation: { targetDuration: 2 } })
  assert.deepEqual([back.slug, back.end, back.doubtful], ['choir', undefined, false])
  const [source] = back.renditions
  assert.deepEqual(source?.inits[0]?.bytes, Uint8Array.from(INIT))
  const said = source?.segments.map(({ msn, gap, closed, duration, bytes }) => [msn, gap, closed, duration, bytes])
  assert.deepEqual(said, [
    [0, false, true, 2, 3000],
    [1, false, true, 2, 3000],
    [2, false, true, 2, 3000],
    [3, true, true, 2, 0],
    [4, false, false, 2, open.byteLength],
  ])
  assert.deepEqual(source?.segments[1]?.cut, cut(1))

  const again = next.store.open(INFO, back).rendition('source')
  assert.deepEqual(
    again.past.map(({ msn }) => msn),
    [0, 1, 2, 3],
  )
  for (const [msn, expected] of bytes.entries()) assert.deepEqual(await again.read({ msn }), expected)
  assert.deepEqual(await again.readPart({ msn: 1 }, 1), bytes[1]?.subarray(2000))
  await assert.rejects(again.read({ msn: 3 }), { name: 'NotFoundError' })
  await assert.rejects(again.read({ msn: 4 }), { name: 'NotFoundError' })
})

test('a journal cut at any byte loses what is behind the cut and nothing else', async () => {
  const { store } = await start()
  const broadcast = store.open(INFO)
  for (const msn of [0, 1]) write(broadcast, 'source', msn)
  await stop(store)
  const path = join(folder(), '000001.journal')
  const whole = await readFile(path)
  for (let length = whole.byteLength; length > 0; length -= 97) {
    await truncate(path, length)
    const next = await start()
    const segments = next.found[0]?.renditions[0]?.segments ?? []
    assert.ok(segments.every(({ msn }, index) => msn === index))
    if (length < whole.byteLength) assert.equal(next.found[0]?.end, undefined)
    await stop(next.store)
    if (next.found.length === 0) break
  }
})

test('media that a power cut took is missed; what a sync vouches for is not read', async () => {
  const { store } = await start()
  const broadcast = store.open(INFO)
  for (const msn of [0, 1, 2]) write(broadcast, 'source', msn)
  await stop(store)
  await truncate(join(folder(), '000001.source.m4s'), 7000)
  const next = await start()
  const segments = next.found[0]?.renditions[0]?.segments ?? []
  assert.deepEqual(
    segments.map(({ gap }) => gap),
    [false, false, true],
  )
})

test('bytes that changed on the disk are not sent to anybody', async () => {
  const { store } = await start()
  const rendition = store.open(INFO).rendition('source')
  const broadcast = store.open(INFO)
  write(broadcast, 'source', 0)
  await stop(store)
  const path = join(folder(), '000001.source.m4s')
  const media = await readFile(path)
  media[1234] = (media[1234] ?? 0) ^ 1
  await writeFile(path, media)
  const next = await start()
  const back = next.store.open(INFO, next.found[0]).rendition('source')
  await assert.rejects(back.read({ msn: 0 }), { name: 'NotFoundError' })
  assert.equal(back.past[0]?.gap, true)
  assert.equal(rendition.past.length, 0)
})

test('what is damaged or not ours is set aside and said, the rest is used', async () => {
  const { store } = await start()
  const broadcast = store.open(INFO)
  write(broadcast, 'source', 0)
  await stop(store)
  const journal = await readFile(join(folder(), '000001.journal'))
  await writeFile(
    join(folder(), '000002.journal'),
    Buffer.concat([Buffer.from('not a journal, and long enough'), journal]),
  )
  await writeFile(join(folder(), '000003.journal'), journal)
  await writeFile(join(folder(), '000004.source.m4s'), 'orphan')
  await writeFile(join(folder(), 'notes.txt'), 'mine')
  await writeFile(join(dataDir, 'segments/holiday.jpg'), 'mine')
  await mkdir(join(dataDir, 'segments/c1/not a name'))
  const { found, said } = await start()
  assert.equal(found.length, 1)
  assert.equal(found[0]?.renditions[0]?.segments.length, 1)
  assert.equal(found[0]?.doubtful, true, 'the newest journals could not be read')
  const aside = await readdir(join(dataDir, 'set-aside'))
  for (const name of [
    '000002.journal',
    '000003.journal',
    '000004.source.m4s',
    'notes.txt',
    'holiday.jpg',
    'not a name',
  ])
    assert.ok(
      aside.some((each) => each.endsWith(`-${name}`)),
      name,
    )
  assert.equal(said.filter(({ message }) => /set aside/.test(message)).length, 1, 'one line')
  assert.equal(said.find(({ message }) => /set aside/.test(message))?.fields.count, 6)
})

test('the window is trimmed by whole volumes, and deletes their files', async () => {
  const { store } = await start()
  const broadcast = store.open({ ...INFO, keepSeconds: 60 })
  for (let msn = 0; msn < 150; msn++) write(broadcast, 'source', msn, { bytes: 200 })
  const rendition = broadcast.rendition('source')
  assert.deepEqual([rendition.past.length, rendition.past[0]?.msn], [30, 120])
  assert.notEqual(rendition.find(100), undefined, 'what left the list a moment ago is still there')
  assert.equal(rendition.find(0), undefined)
  await stop(store)
  const left = (await readdir(folder())).filter((name) => name.endsWith('.journal'))
  assert.ok(left.length <= 4, left.join(' '))
  assert.ok(!left.includes('000001.journal'))
})

test('without room nothing is written and the live goes on; numbers have no hole', async () => {
  const { store, said } = await start(2 ** 50)
  const broadcast = store.open(INFO)
  for (const msn of [0, 1]) write(broadcast, 'source', msn)
  const rendition = broadcast.rendition('source')
  assert.deepEqual(
    rendition.past.map(({ msn, gap, duration }) => [msn, gap, duration]),
    [
      [0, true, 2],
      [1, true, 2],
    ],
  )
  assert.equal(store.describe().writing, false)
  assert.equal(said.filter(({ message }) => /storage\.minFreeBytes/.test(message)).length, 1, 'said once')
  await stop(store)
  assert.deepEqual(await readdir(dataDir), [])
})

test('a disk that does not keep up loses segments, not memory', async () => {
  const { store, said } = await start()
  const broadcast = store.open(INFO)
  for (let msn = 0; msn < 30; msn++) write(broadcast, 'source', msn, { bytes: 4 << 20 })
  const { queuedBytes, lostSegments } = store.describe()
  assert.ok(queuedBytes <= 64 << 20, String(queuedBytes))
  assert.ok(lostSegments > 10, String(lostSegments))
  assert.equal(said.filter(({ message }) => /does not keep up/.test(message)).length, 1)
  await stop(store)
  const { found } = await start()
  const segments = found[0]?.renditions[0]?.segments ?? []
  assert.deepEqual(
    segments.map(({ msn }) => msn),
    Array.from({ length: 30 }, (_, msn) => msn),
  )
})

test('a deletion that was interrupted is finished, and is no damage', async () => {
  const { store } = await start()
  write(store.open(INFO), 'source', 0)
  await stop(store)
  await rm(join(folder(), '000001.source.m4s'))
  const { found, said } = await start()
  assert.deepEqual(found, [])
  assert.deepEqual(said, [])
  assert.deepEqual(await readdir(folder()), [])
})

test('a channel that is removed takes its media with it, and nothing that is not ours', async () => {
  const { store } = await start()
  const broadcast = store.open(INFO)
  write(broadcast, 'source', 0)
  await stop(store)
  const next = await start()
  next.store.open(INFO, next.found[0])
  await appendFile(join(dataDir, 'segments/c1/diary.txt'), 'mine')
  next.store.removeChannel('c1')
  await stop(next.store)
  assert.deepEqual(await readdir(join(dataDir, 'segments/c1')), ['diary.txt'])
})

const segment = (msn: number) => ({ msn, cut: cut(msn), epoch: EPOCH, initIndex: 0, time: cut(msn).time })
