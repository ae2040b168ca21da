import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Encoder } from '../light/encoder.ts'
import { freePorts, ServerProcess, until } from '../light/server-process.ts'
import { ByteLedger } from '../oracles/byte-ledger.ts'
import { checkMediaPlaylist, checkReload, checkRestart } from '../oracles/playlist-rules.ts'
import { parseMpd } from '../oracles/strict-mpd.ts'
import { parseMediaPlaylist, type StrictMedia } from '../oracles/strict-playlist.ts'

const LONG_MS = 60_000
const LISTS = ['source.m3u8', 'audio.m3u8', 'source.m3u8?dvr=1', 'audio.m3u8?dvr=1'] as const
type Lists = Readonly<Record<(typeof LISTS)[number], StrictMedia>>

/** A server that is stopped and killed, always on the same ports and data. */
async function box(undo: AsyncDisposableStack, packaging: string) {
  const folder = await mkdtemp(join(tmpdir(), 'streamhost-restart-'))
  undo.defer(() => rm(folder, { recursive: true, force: true }))
  const [httpPort = 0, rtmpPort = 0] = await freePorts(2)
  const start = (ingest = 'endSeconds: 60'): Promise<ServerProcess> =>
    ServerProcess.start({
      ...{ dataDir: join(folder, 'data'), httpPort, rtmpPort },
      sections: { packaging, ingest },
      yaml: 'observability: { log: { format: json } }\n',
    })
  const base = `http://127.0.0.1:${httpPort}/live/choir/`
  const list = async (name: string): Promise<StrictMedia> => {
    const response = await fetch(base + name)
    const text = await response.text()
    assert.equal(response.status, 200, `${name}: ${response.status} ${text}`)
    const playlist = parseMediaPlaylist(text)
    checkMediaPlaylist(playlist)
    return playlist
  }
  const lists = async (): Promise<Lists> =>
    Object.fromEntries(await Promise.all(LISTS.map(async (name) => [name, await list(name)]))) as Lists
  return { start, base, list, lists, publishUrl: `rtmp://127.0.0.1:${rtmpPort}/live/choir` }
}

/** Everything that is listed is there, and what an address answered once it answers for ever. */
async function fetchAll(ledger: ByteLedger, base: string, lists: Lists): Promise<void> {
  const uris = Object.values(lists).flatMap(({ segments, open }) =>
    [...segments, { ...open, uri: undefined, gap: false }].flatMap(({ uri, gap, map, parts }) =>
      gap
        ? []
        : [...(uri === undefined ? [] : [uri]), ...(map === undefined ? [] : [map]), ...parts.map((part) => part.uri)],
    ),
  )
  for (const uri of new Set(uris)) assert.equal(await ledger.ask(base, uri), 200, uri)
}

test('killed and stopped, the window is served again, and goes on when the encoder is back', async () => {
  await using undo = new AsyncDisposableStack()
  const { start, base, list, lists, publishUrl } = await box(undo, 'liveSeconds: 6, dvrSeconds: 60')
  const ledger = new ByteLedger()
  let server = await start()
  undo.defer(() => server.stop())
  let encoder = await Encoder.replay('gop2', publishUrl)
  undo.defer(() => encoder.stop())
  const grown = async (by: number): Promise<void> => {
    const from = await list('source.m3u8').then(
      ({ open }) => open.msn,
      () => 0,
    )
    await until(async () => (await list('audio.m3u8')).open.msn >= from + by, LONG_MS, 'no segments come')
  }
  await grown(7)
  let before = await lists()
  assert.ok(before['source.m3u8'].mediaSequence > 0, 'the live playlist is short')
  assert.equal(before['source.m3u8?dvr=1'].mediaSequence, 0, 'the rewind window reaches back to the beginning')
  assert.ok(before['source.m3u8?dvr=1'].reports[0]?.uri.endsWith('?dvr=1'))
  const mpd = await (await fetch(`${base}manifest.mpd`)).text()
  const rewind = parseMpd(await (await fetch(`${base}manifest.mpd?dvr=1`)).text())
  await fetchAll(ledger, base, before)

  for (const how of ['killed', 'stopped', 'killed'] as const) {
    if (how === 'killed') await server.kill()
    else await server.stop()
    await encoder.stop()
    server = await start()
    const away = await lists()
    for (const name of LISTS) checkRestart(before[name], away[name], how)
    await fetchAll(ledger, base, away)
    const state = (await (await fetch(`${server.url}/api/v1/channels/choir`)).json()) as { state: string }
    assert.equal(state.state, 'reconnecting')

    encoder = await Encoder.replay('gop2', publishUrl)
    await grown(3)
    const after = await lists()
    for (const name of LISTS) {
      checkReload(away[name], after[name])
      const added = after[name].segments.filter(({ msn }) => msn >= away[name].open.msn)
      assert.deepEqual(
        added.map(({ discontinuity, gap }) => ({ discontinuity, gap })),
        added.map((_, index) => ({ discontinuity: index === 0, gap: false })),
      )
      assert.equal(new Set(added.map(({ uri }) => uri.split('/')[1])).size, 1)
      assert.notEqual(added[0]?.uri.split('/')[1], away[name].segments[0]?.uri.split('/')[1], 'a new epoch')
    }
    await fetchAll(ledger, base, after)
    before = after
  }
  const mpdNow = await (await fetch(`${base}manifest.mpd`)).text()
  const anchor = (text: string) => /availabilityStartTime="[^"]*"/.exec(text)?.[0]
  assert.equal(anchor(mpdNow), anchor(mpd), 'the anchor of all times stays')
  const rewindNow = parseMpd(await (await fetch(`${base}manifest.mpd?dvr=1`)).text())
  assert.equal(rewindNow.periods.length, 4)
  assert.deepEqual(rewindNow.periods[0]?.start, rewind.periods[0]?.start)

  // The end of a broadcast comes over a restart, and is shown over another one.
  await encoder.stop()
  await server.stop()
  server = await start('graceSeconds: 1, endSeconds: 1')
  await until(async () => (await list('source.m3u8')).ended, LONG_MS, 'the broadcast does not end')
  const ended = await lists()
  await server.kill()
  server = await start()
  const still = await lists()
  for (const name of LISTS) {
    assert.ok(still[name].ended)
    assert.deepEqual(
      still[name].segments.map(({ uri }) => uri),
      ended[name].segments.map(({ uri }) => uri),
    )
  }
  await fetchAll(ledger, base, still)
})

test('with other settings of packaging nothing goes on: the next broadcast begins anew, and numbers never go back', async () => {
  await using undo = new AsyncDisposableStack()
  const { start, list, publishUrl } = await box(undo, 'segmentSeconds: 2')
  let server = await start()
  undo.defer(() => server.stop())
  let encoder = await Encoder.replay('gop2', publishUrl)
  undo.defer(() => encoder.stop())
  await until(async () => (await list('audio.m3u8')).open.msn >= 2, LONG_MS, 'no segments come')
  const before = await list('source.m3u8')
  const { dataDir, httpPort, rtmpPort } = server
  await server.kill()
  await encoder.stop()
  server = await ServerProcess.start({ dataDir, httpPort, rtmpPort, sections: { packaging: 'segmentSeconds: 4' } })
  assert.equal((await fetch(server.playlistUrl('choir'))).status, 404)
  encoder = await Encoder.replay('gop2', publishUrl)
  await server.live('choir', LONG_MS)
  const after = await list('source.m3u8')
  assert.ok(after.mediaSequence > before.open.msn)
  assert.ok(after.discontinuitySequence > before.discontinuitySequence)
})
