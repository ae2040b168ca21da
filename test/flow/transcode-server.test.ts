import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { Encoder, encoded } from '../light/encoder.ts'
import { type ReadPlaylist, readPlaylist } from '../light/playlist.ts'
import { below, hurryFfmpegs } from '../light/processes.ts'
import { ReloadableServer } from '../light/reloadable-server.ts'
import { ServerProcess, until } from '../light/server-process.ts'
import { readExposition } from '../oracles/exposition.ts'

// The real server with a ladder: 426x240 with half of the frames, of 640x360.

/** Children give way to everything else that a machine does. */
const LONG_MS = 90_000
let server: ServerProcess
let encoder: Encoder
let letBe = () => {}

before(async () => {
  await encoded('gop2')
  server = await ServerProcess.start({
    // The longer they are, the later a ladder gives way: this machine may be a busy one.
    readyWithinMs: 60_000,
    sections: { packaging: 'segmentSeconds: 6' },
    yaml: 'transcode: { ladder: low }\nchannels: [{ slug: plain, ladder: off }]\n',
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

const playlist = async (of: { readonly url: string }, slug: string, name: string): Promise<ReadPlaylist> =>
  readPlaylist(await (await fetch(`${of.url}/live/${slug}/${name}.m3u8`)).text())

/** What the multivariant playlist says of each variant. */
const variants = async (of: { readonly url: string }, slug: string): Promise<string[]> => {
  const text = await (await fetch(`${of.url}/live/${slug}/index.m3u8`)).text()
  return text.split('\n').filter((line) => line.startsWith('#EXT-X-STREAM-INF:'))
}

test('the rung is a variant of its own, cut like the source, segment by segment', async () => {
  await until(async () => (await variants(server, 'hall')).length >= 3, LONG_MS, 'there is no rung')
  const [source, rung] = await variants(server, 'hall')
  assert.match(source ?? '', /RESOLUTION=640x360/)
  assert.match(rung ?? '', /RESOLUTION=426x240/)
  assert.match(rung ?? '', /FRAME-RATE=1[45]/)
  await until(
    async () => (await playlist(server, 'hall', '240p')).segments.some(({ uri, gap }) => uri !== undefined && !gap),
    LONG_MS,
    'the rung has no segments',
  )
  const [ours, theirs] = [await playlist(server, 'hall', '240p'), await playlist(server, 'hall', 'source')]
  const whole = ours.segments.filter(({ uri, gap }) => uri !== undefined && !gap)
  assert.ok(whole.length > 0)
  for (const { msn, duration } of whole) {
    const same = theirs.segments.find((segment) => segment.msn === msn)
    assert.ok(same !== undefined && Math.abs(same.duration - duration) < 0.05, `${msn}: ${same?.duration} ${duration}`)
  }
})

test('a channel may have none of it', async () => {
  await using plain = await Encoder.replay('gop2', server.publishUrl('plain'))
  await server.live('plain')
  await until(async () => (await playlist(server, 'plain', 'source')).segments.length >= 2, LONG_MS, 'it is not live')
  assert.equal(plain.running, true)
  assert.equal((await fetch(`${server.url}/live/plain/240p.m3u8`)).status, 404)
})

test('metrics tell what runs', async () => {
  const value = async (name: string): Promise<number> => {
    const metrics = readExposition(await (await fetch(`${server.url}/metrics`)).text())
    const samples = metrics.get(`streamhost_transcode_${name}`)?.samples ?? []
    return samples.find(({ labels }) => labels.channel === 'hall')?.value ?? 0
  }
  await until(async () => (await value('frames_out_total')) > 10, LONG_MS, 'no frames are counted')
  await until(async () => (await value('cpu_seconds_total')) > 0, LONG_MS, 'no time is counted')
})

test('a server that is killed leaves no FFmpeg behind, not even one that stands still', async () => {
  const { pid = 0 } = server.child
  await until(() => below(pid, 'ffmpeg').length > 0, LONG_MS, 'nothing is transcoded')
  const children = below(pid, 'ffmpeg')
  for (const child of children) process.kill(child, 'SIGSTOP')
  await server.kill()
  const isThere = (child: number): boolean => {
    try {
      // A zombie is gone: nobody has read its status yet.
      return !/\) Z /.test(readFileSync(`/proc/${child}/stat`, 'utf8'))
    } catch {
      return false
    }
  }
  await until(() => !children.some(isThere), LONG_MS, 'FFmpeg is still there')
})

test('another ladder is the next broadcast’s, and room for more is given at once', async () => {
  await using reloadable = await ReloadableServer.start()
  const url = (slug: string): string => `rtmp://127.0.0.1:${reloadable.rtmpPort}/live/${slug}`
  /** How many have had their turn: a busy machine may have made them smaller since. */
  const admitted = async (): Promise<readonly [admitted: number, waiting: number]> => {
    const metrics = readExposition(await (await fetch(`${reloadable.url}/metrics`)).text())
    const samples = metrics.get('streamhost_transcode_broadcasts')?.samples ?? []
    const count = (...states: string[]): number =>
      samples.reduce((sum, { labels, value }) => (states.includes(labels.state ?? '') ? sum + value : sum), 0)
    return [count('running', 'limited'), count('waiting')]
  }
  const reload = async (transcode: object): Promise<void> => {
    await reloadable.write({ transcode })
    assert.equal((await reloadable.reload()).status, 200)
  }
  const live = (slug: string) =>
    until(async () => (await fetch(`${reloadable.url}/live/${slug}/index.m3u8`)).ok, LONG_MS, `${slug} is not live`)
  await using _before = await Encoder.replay('gop2', url('before'))
  await live('before')
  await reload({ ladder: 'low', maxBroadcasts: 1 })
  await using _first = await Encoder.replay('gop2', url('first'))
  await until(async () => (await admitted()).join() === '1,0', LONG_MS, 'nothing is transcoded')
  await using _second = await Encoder.replay('gop2', url('second'))
  await until(async () => (await admitted()).join() === '1,1', LONG_MS, 'nobody waits')
  await live('second')
  await reload({ ladder: 'low', maxBroadcasts: 2 })
  await until(async () => (await admitted()).join() === '2,0', LONG_MS, 'there is no room')
  assert.equal((await fetch(`${reloadable.url}/live/before/240p.m3u8`)).status, 404)
})
