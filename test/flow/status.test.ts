import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { IngestReport, Status } from '../../src/contract/insight.ts'
import { RtmpPublisher } from '../light/rtmp-publisher.ts'
import { ServerProcess } from '../light/server-process.ts'
import { audioConfig, audioFrame, videoConfig, videoFrame } from '../light/synthetic-media.ts'
import { CliProcess } from './cli-process.ts'

// Figures of a real server: what an encoder sends comes out at the API and in the terminal.

let server: ServerProcess
let stop: () => void

/** Sends eleven seconds at once and goes on in time; its key frames are 5 s apart, as of an encoder that nobody set. */
async function publish(name: string): Promise<() => void> {
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, name })
  publisher.send(videoConfig(0))
  publisher.send(audioConfig(0))
  let ms = 0
  let audioFrames = 0
  const send = (untilMs: number): void => {
    for (; ms < untilMs; ms += 40) {
      publisher.send(videoFrame(ms, ms % 5000 === 0, 0, 5000))
    }
    for (; audioFrames * 1024 < untilMs * 44.1; audioFrames++) {
      publisher.send(audioFrame(Math.round((audioFrames * 1024) / 44.1)))
    }
  }
  send(11_000)
  const startedAt = performance.now()
  const timer = setInterval(() => send(11_000 + performance.now() - startedAt), 40)
  return () => {
    clearInterval(timer)
    publisher.client.destroy()
  }
}

before(async () => {
  server = await ServerProcess.start()
  stop = await publish('choir')
  await server.live('choir')
})
after(async () => {
  stop?.()
  await server?.stop()
})

const cli = (...args: string[]) => new CliProcess(args, { STREAMHOST_STORAGE_DATA_DIR: server.dataDir })
const statusNow = async (): Promise<Status> => {
  await using asking = cli('status', '--json')
  const { status, stdout, stderr } = await asking.ended()
  assert.equal(status, 0, stderr)
  return Status.parse(JSON.parse(stdout))
}

test('the coach tells of key frames too far apart, to whoever may know', async () => {
  const headers = await admin()
  for (;;) {
    const answer = Status.parse(await (await fetch(`${server.url}/api/v1/status`, { headers })).json())
    if ((answer.channels[0]?.advice.length ?? 0) > 0) break
  }
  const status = await statusNow()
  const [choir] = status.channels
  assert.deepEqual([choir?.slug, choir?.state, choir?.advice[0]?.kind], ['choir', 'live', 'key-frames-too-far'])
  assert.deepEqual([choir?.advice[0]?.found, choir?.verdict, choir?.video?.width], ['5', 'look', 640])
  assert.ok(status.memoryBytes > 10_000_000 && status.disk !== null && status.disk.freeBytes > 0)
  assert.deepEqual(status.ports, { http: server.httpPort, https: null, rtmp: server.rtmpPort, rtmps: null })
})

test('status in the terminal is a few lines for people', async () => {
  await using asking = cli('status')
  const { status, stdout } = await asking.ended()
  assert.equal(status, 0)
  assert.match(stdout, /^StreamHost \S+, up 0:\d\d:\d\d, HTTP port \d+, RTMP port \d+\nProcessor \d+ % of a core/)
  assert.match(
    stdout,
    /\nCHANNEL +STATE[\s\S]*\nchoir +live +0:\d\d:\d\d +0 +640x360 +25\/s +5 s .*key-frames-too-far 5 → 2\n$/,
  )
})

test('samples are told to the page second by second', async () => {
  const ask = async (query = ''): Promise<IngestReport> => {
    const answer = await fetch(`${server.url}/api/v1/channels/choir/ingest${query}`, { headers: await admin() })
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    return IngestReport.parse(await answer.json())
  }
  let all = await ask()
  while (all.samples.length < 3) all = await ask()
  const newest = all.samples.at(-1)
  assert.ok(newest)
  let later = await ask(`?since=${encodeURIComponent(newest.at)}`)
  while (later.samples.length === 0) later = await ask(`?since=${encodeURIComponent(newest.at)}`)
  assert.ok(later.samples.every(({ at }) => at > newest.at))
})

test('without a server status says so', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'streamhost-nobody-'))
  await using asking = new CliProcess(['status'], { STREAMHOST_STORAGE_DATA_DIR: join(folder, 'data') })
  const { status, stderr } = await asking.ended()
  await rm(folder, { recursive: true })
  assert.deepEqual([status, /^No server runs on the data directory \S+\.\n$/.test(stderr)], [1, true])
})

let token: Promise<string> | undefined
async function admin(): Promise<Record<string, string>> {
  token ??= (async () => {
    await using asking = cli('token', '--json')
    const { stdout } = await asking.ended()
    return /at_[\w-]+/.exec(stdout)?.[0] ?? assert.fail(stdout)
  })()
  return { authorization: `Bearer ${await token}` }
}
