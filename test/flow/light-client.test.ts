import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { Encoder, type EncoderKind, encoded } from '../light/encoder.ts'
import { LightHlsClient } from '../light/hls-client.ts'
import { ServerProcess, until } from '../light/server-process.ts'

const encoders: readonly EncoderKind[] = ['gop2', 'obs']
/** Enough for a group of pictures of OBS, and for what a forced cut makes of its end. */
const SEGMENTS = 5

before(async () => {
  for (const kind of encoders) await encoded(kind)
})

// They wait most of the time, so they wait together.
describe('a reader that waits for hinted parts finds nothing wrong', { concurrency: true }, () => {
  for (const profile of ['standard', 'low'] as const) {
    test(`in what both reference encoders send, profile ${profile}`, async () => {
      await using server = await ServerProcess.start({ profile })
      await Promise.all(encoders.map((kind) => readSome(server, kind)))
    })
  }
})

async function readSome(server: ServerProcess, kind: EncoderKind): Promise<void> {
  await using encoder = await Encoder.replay(kind, server.publishUrl(kind))
  await server.live(kind)
  const reader = new LightHlsClient(server.playlistUrl(kind), { compareEvery: 1 })
  await reader.start()
  try {
    const enough = () => reader.reports.every(({ segments }) => segments >= SEGMENTS)
    await until(() => enough() || reader.faults.length > 0 || !encoder.running, 60_000, 'too few segments came')
    assert.equal(encoder.running, true, encoder.output)
    assert.deepEqual(reader.faults, [], kind)
    for (const { name, hinted, compared, shortTails } of reader.reports) {
      assert.ok(hinted > SEGMENTS, `${kind} ${name}: parts were asked for by their hints`)
      assert.ok(compared >= SEGMENTS, `${kind} ${name}: segments are their parts joined`)
      if (kind === 'gop2') assert.equal(shortTails, 0, `${name}: no short last parts`)
    }
  } finally {
    await reader.stop()
  }
}
