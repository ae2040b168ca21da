import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, suite, test } from 'node:test'
import { RefusedError } from '../../../src/base/errors.ts'
import { silentLog } from '../../../src/base/log.ts'
import { Hub, type HubOptions } from '../../../src/live/hub.ts'
import type { BroadcastProgress, Publication, Publisher, Reader } from '../../../src/live/ports.ts'
import type { Packet } from '../../../src/media/packet.ts'
import { videoTrack } from '../../light/synthetic.ts'

const channel = { id: 'c1', slug: 'choir' }
const PROGRESS: BroadcastProgress = { nextMediaSequence: 7, discontinuitySequence: 1, longestGopMs: 2000 }
const frame = (seconds: number): Packet => ({
  trackId: 1,
  dts: seconds * 90_000,
  cts: 0,
  isSync: true,
  data: new Uint8Array(1),
})

/** A hub on a store and a reader that write down what happens to them. */
function open(mayBegin: Promise<void> = Promise.resolve(), slate?: HubOptions['slate']) {
  const said: string[] = []
  let begun = 0
  const reader: Reader = {
    track: () => said.push('track'),
    packet: (packet) => said.push(`packet ${packet.dts / 90_000}`),
    discontinuity: () => said.push('discontinuity'),
    end: (how) => said.push(how),
  }
  const finished: string[] = []
  const used: string[] = []
  const hub = new Hub({
    ...(slate && { slate }),
    keyUsed: (keyId) => used.push(keyId),
    limits: { graceSeconds: 60, endSeconds: 5, maxBroadcasts: 2 },
    monotonicMs: () => Date.now(),
    log: silentLog,
    readers: () => [reader],
    progress: () => PROGRESS,
    store: {
      begin: async () => {
        await mayBegin
        const id = `b${++begun}`
        return { id, mediaSequence: 0, mediaSequenceLimit: 1000, discontinuitySequence: 0, longestGopMs: 0 }
      },
      reserve: async () => 2000,
      finish: async (id, _, how) => void finished.push(`${id} ${how}`),
    },
  })
  return { hub, said, finished, used }
}

function publisher(): Publisher & { readonly closed: string[] } {
  const closed: string[] = []
  return { description: 'rtmp 192.0.2.1', close: (reason) => void closed.push(reason), closed }
}

/** Lets promises that are due settle; the clock stands still meanwhile. */
const settle = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}

suite('the hub', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: 1_000_000 }))
  afterEach(() => mock.timers.reset())

  test('a clean goodbye ends the broadcast after endSeconds', async () => {
    const { hub, said, finished } = open()
    const publication = await hub.publish(channel, publisher())
    publication.track(videoTrack)
    publication.write(frame(10))
    publication.end('unpublished')
    assert.equal(hub.state('choir')?.state, 'reconnecting')
    mock.timers.tick(4999)
    assert.ok(hub.state('choir'))
    mock.timers.tick(1)
    await settle()
    assert.equal(hub.state('choir'), undefined)
    assert.deepEqual(said, ['track', 'packet 10', 'discontinuity', 'ended'])
    assert.deepEqual(finished, ['b1 ended'])
  })

  test('a lost connection may return for graceSeconds, and the broadcast goes on', async () => {
    const { hub, said, finished } = open()
    const first = await hub.publish(channel, publisher())
    first.track(videoTrack)
    first.write(frame(10))
    first.write(frame(10.04))
    first.end('lost')
    assert.equal(hub.state('choir')?.graceEndsAtMs, 1_060_000)
    mock.timers.tick(59_000)
    const second = await hub.publish(channel, publisher())
    assert.ok(second.startTime >= 10.08 - 1e-6 && second.startTime < 10.2, String(second.startTime))
    mock.timers.tick(61_000)
    assert.equal(hub.state('choir')?.broadcastId, 'b1')
    assert.ok(!said.includes('ended'))
    assert.deepEqual(finished, [])
  })

  test('the same channel publishing again takes over, and the earlier connection is closed with the reason', async () => {
    const { hub, said } = open()
    const earlier = publisher()
    const first = await hub.publish(channel, earlier)
    first.track(videoTrack)
    const second = await hub.publish(channel, publisher())
    assert.equal(earlier.closed.length, 1)
    first.write(frame(11))
    first.end('lost')
    second.track(videoTrack)
    second.write(frame(12))
    assert.deepEqual(said, ['track', 'discontinuity', 'track', 'packet 12'])
    assert.equal(hub.state('choir')?.state, 'live')
  })

  test('two that publish at the same moment take their turn: the later one publishes', async () => {
    const { hub } = open()
    const a = publisher()
    const b = publisher()
    await Promise.all([hub.publish(channel, a), hub.publish(channel, b)])
    assert.deepEqual([a.closed.length, b.closed.length], [1, 0])
    assert.equal(hub.broadcasts().length, 1)
  })

  test('3 s without media say reconnecting, 15 s close the connection', async () => {
    const { hub } = open()
    await hub.start()
    const silent = publisher()
    const publication = await hub.publish(channel, silent)
    const seen: (string | undefined)[] = []
    hub.observe((slug) => seen.push(hub.state(slug)?.state))
    mock.timers.tick(3500)
    assert.deepEqual(seen, ['reconnecting'])
    publication.track(videoTrack)
    publication.write(frame(10))
    mock.timers.tick(500)
    assert.deepEqual(seen, ['reconnecting', 'live'])
    mock.timers.tick(15_500)
    assert.ok(silent.closed.includes('no media for 15 seconds'))
    await hub.stop('done')
  })

  test('a revoked key ends what came by it at once, on air or waiting, and nothing that came by another', async () => {
    const { hub, finished } = open()
    const encoder = publisher()
    await hub.publish(channel, encoder, 'studio')
    assert.equal(hub.keyInUse('choir'), 'studio')
    assert.equal(hub.revoke('choir', ['phone'], 'revoked'), false)
    assert.equal(hub.state('choir')?.state, 'live')
    assert.equal(hub.revoke('choir', ['studio'], 'revoked'), true)
    assert.equal(hub.state('choir'), undefined)
    assert.deepEqual(encoder.closed, ['revoked'])
    await settle()
    const left = await hub.publish(channel, publisher(), 'tablet')
    left.end('lost')
    assert.equal(hub.keyInUse('choir'), undefined)
    assert.equal(hub.revoke('choir', ['tablet'], 'revoked'), true)
    assert.equal(hub.revoke('choir', ['tablet'], 'revoked'), false)
    await settle()
    assert.deepEqual(finished, ['b1 ended', 'b2 ended'])
  })

  test('who was let in by a key that is revoked before it publishes does not publish', async () => {
    const gate = Promise.withResolvers<void>()
    const { hub, finished } = open(gate.promise)
    const refused = assert.rejects(hub.publish(channel, publisher(), 'studio'), { code: 'FORBIDDEN' })
    await settle()
    hub.revoke('choir', ['studio'], 'revoked')
    gate.resolve()
    await refused
    await settle()
    assert.equal(hub.state('choir'), undefined)
    assert.deepEqual(finished, ['b1 ended'], 'what had begun for it is over')
    await assert.rejects(hub.publish(channel, publisher(), 'studio'), { code: 'FORBIDDEN' })
    assert.ok(await hub.publish(channel, publisher(), 'other'))
  })

  test('a key is used when its publication begins and when it ends', async () => {
    const { hub, used } = open()
    const first = await hub.publish(channel, publisher(), 'studio')
    assert.deepEqual(used, ['studio'])
    await hub.publish(channel, publisher(), 'phone')
    assert.deepEqual(used, ['studio', 'studio', 'phone'])
    first.end('lost')
    hub.end('choir', 'enough')
    assert.deepEqual(used, ['studio', 'studio', 'phone', 'phone'])
  })

  test('an explicit end is at once, and closes the encoder', async () => {
    const { hub, said } = open()
    const encoder = publisher()
    await hub.publish(channel, encoder)
    assert.equal(hub.end('choir', 'ended by the operator'), true)
    assert.deepEqual(said, ['ended'])
    assert.deepEqual(encoder.closed, ['ended by the operator'])
    assert.equal(hub.end('choir', 'again'), false)
  })

  /** Sends a frame a second for so long. */
  const sendFor = (publication: Publication, ms: number): void => {
    for (let passed = 0; passed < ms; passed += 1000) {
      publication.write(frame(Date.now() / 1000))
      mock.timers.tick(Math.min(1000, ms - passed))
    }
  }
  const waitAsked = async (publishing: Promise<Publication>): Promise<number> => {
    const refused = await publishing.then(
      () => undefined,
      (error: unknown) => error,
    )
    assert.ok(refused instanceof RefusedError, 'it was let in')
    assert.match(refused.message, new RegExp(`wait ${refused.retryAfterSeconds} s`))
    return (refused.retryAfterSeconds ?? 0) * 1000
  }

  test('of two encoders that throw each other out the one on air stays, until nobody tries for a while', async () => {
    const { hub } = open()
    let onAir = await hub.publish(channel, publisher(), 'studio')
    for (let takeovers = 0; takeovers < 2; takeovers++) {
      sendFor(onAir, 2000)
      onAir = await hub.publish(channel, publisher(), 'studio')
    }
    // As OBS tries again: after half as long again each time.
    let awayMs = 2000
    for (let tries = 0; tries < 10; tries++) {
      sendFor(onAir, awayMs)
      const coming = hub.publish(channel, publisher(), 'studio')
      await settle()
      onAir.write(frame(Date.now() / 1000))
      const askedMs = await waitAsked(coming)
      assert.ok(askedMs >= Math.max(30_000, awayMs * 1.5), `${askedMs} ms after ${awayMs} ms`)
      awayMs = Math.round(awayMs * 1.5)
    }
    assert.deepEqual(hub.refused, { rival: 10, ended: 0 })
    assert.deepEqual([hub.state('choir')?.takeovers, hub.state('choir')?.refusedRivals], [2, 10])
    sendFor(onAir, 2 * awayMs)
    assert.ok(await hub.publish(channel, publisher(), 'studio'), 'who did as it was told may come')
  })

  test('an encoder that sends nothing is taken over however often', async () => {
    const { hub } = open()
    for (let takeovers = 0; takeovers < 6; takeovers++) {
      await hub.publish(channel, publisher(), 'studio')
      mock.timers.tick(3100)
    }
    assert.deepEqual([hub.state('choir')?.takeovers, hub.state('choir')?.refusedRivals], [5, 0])
  })

  test('an encoder that comes again and again over connections that have just died is no fight: it waits until the one on air is silent', async () => {
    const { hub } = open()
    for (let takeovers = 0; takeovers < 6; takeovers++) {
      const coming = hub.publish(channel, publisher(), 'studio')
      await settle()
      mock.timers.tick(2000)
      await settle()
      sendFor(await coming, 1000)
    }
    assert.deepEqual([hub.state('choir')?.takeovers, hub.state('choir')?.refusedRivals], [5, 0])
  })

  test('who waits for an encoder that goes meanwhile takes its place', async () => {
    const { hub } = open()
    let onAir = await hub.publish(channel, publisher(), 'studio')
    for (let takeovers = 0; takeovers < 2; takeovers++) onAir = await hub.publish(channel, publisher(), 'studio')
    const coming = hub.publish(channel, publisher(), 'studio')
    await settle()
    onAir.end('lost')
    assert.ok(await coming)
    assert.deepEqual([hub.state('choir')?.takeovers, hub.state('choir')?.refusedRivals], [2, 0])
    const next = hub.publish(channel, publisher(), 'studio')
    await settle()
    hub.end('choir', 'ended by the operator')
    await waitAsked(next)
  })

  test('an encoder whose broadcast was ended by hand is kept out while it tries by itself; another key is not', async () => {
    const { hub } = open()
    await hub.publish(channel, publisher(), 'studio')
    hub.end('choir', 'ended by the operator')
    let awayMs = 2000
    for (let tries = 0; tries < 10; tries++) {
      mock.timers.tick(awayMs)
      await waitAsked(hub.publish(channel, publisher(), 'studio'))
      awayMs = Math.round(awayMs * 1.5)
    }
    assert.deepEqual(hub.refused, { rival: 0, ended: 10 })
    assert.ok(await hub.publish(channel, publisher(), 'phone'))
    hub.end('choir', 'ended by the operator')
    mock.timers.tick(30_000)
    assert.ok(await hub.publish(channel, publisher(), 'phone'), 'who waited may begin again')
  })

  test('an end by hand after a clean goodbye keeps nobody out', async () => {
    const { hub } = open()
    const publication = await hub.publish(channel, publisher(), 'studio')
    publication.end('unpublished')
    hub.end('choir', 'ended by the operator')
    assert.ok(await hub.publish(channel, publisher(), 'studio'))
  })

  /** A slate that shows a frame as soon as it is asked to. */
  function slates() {
    const stopped: number[] = []
    const begun: Publication[] = []
    const slate: HubOptions['slate'] = (_, publication) => {
      const index = begun.push(publication) - 1
      return () => stopped.push(index)
    }
    const show = (index: number, ...at: number[]): void => {
      begun[index]?.track(videoTrack)
      for (const seconds of at) begun[index]?.write(frame(seconds))
    }
    return { slate, begun, stopped, show }
  }

  test('a slate fills the gap after 2 s, counts as nothing, and the encoder that returns takes over at once', async () => {
    const { slate, begun, stopped, show } = slates()
    const { hub, said } = open(undefined, slate)
    await hub.start()
    const first = await hub.publish(channel, publisher())
    first.track(videoTrack)
    for (const at of [10, 10.04]) first.write(frame(at))
    first.end('lost')
    mock.timers.tick(2000)
    assert.equal(begun.length, 0, 'a blip is no gap')
    mock.timers.tick(500)
    assert.equal(begun.length, 1)
    assert.equal(hub.state('choir')?.slate, false, 'nothing of it is there yet')
    show(0, 11, 12, 13)
    const { state, slate: isShown, graceEndsAtMs } = hub.state('choir') ?? {}
    assert.deepEqual([state, isShown, graceEndsAtMs], ['reconnecting', true, 1_060_000])
    const [broadcast] = hub.broadcasts()
    assert.deepEqual([broadcast?.packets, broadcast?.mediaSeconds.toFixed(2)], [2, '0.08'])
    const second = await hub.publish(channel, publisher())
    assert.deepEqual(stopped, [0])
    show(0, 14)
    assert.ok(second.startTime > 13)
    second.track(videoTrack)
    second.write(frame(15))
    const { takeovers, refusedRivals } = hub.state('choir') ?? {}
    assert.deepEqual([hub.state('choir')?.state, takeovers, refusedRivals], ['live', 0, 0])
    assert.deepEqual(said, [
      ...['track', 'packet 10', 'packet 10.04', 'discontinuity'],
      ...['track', 'packet 11', 'packet 12', 'packet 13', 'discontinuity', 'track', 'packet 15'],
    ])
    await hub.stop('done')
  })

  test('a connection that was silent goes on behind the slate that took its place, at a key frame', async () => {
    const { slate, stopped, show } = slates()
    const { hub, said } = open(undefined, slate)
    await hub.start()
    const publication = await hub.publish(channel, publisher())
    publication.track(videoTrack)
    publication.write(frame(10))
    mock.timers.tick(3500)
    show(0, 12, 20)
    publication.write({ ...frame(10.04), isSync: false })
    publication.write(frame(11))
    publication.write({ ...frame(12), isSync: false })
    assert.deepEqual(stopped, [0])
    // The slate's last frame is taken to last a second, as the one before it did.
    assert.deepEqual(said, [
      ...['track', 'packet 10', 'discontinuity', 'track', 'packet 12', 'packet 20'],
      ...['discontinuity', 'track', 'packet 21', 'packet 22'],
    ])
    await hub.stop('done')
  })

  test('a slate that is late disturbs nobody, one that fails is not begun again, and a goodbye has none', async () => {
    const { slate, begun, stopped, show } = slates()
    const { hub, said } = open(undefined, slate)
    await hub.start()
    const publication = await hub.publish(channel, publisher())
    publication.track(videoTrack)
    publication.write(frame(10))
    mock.timers.tick(3500)
    publication.write(frame(13))
    assert.deepEqual(stopped, [0])
    show(0, 14)
    assert.deepEqual(said, ['track', 'packet 10', 'packet 13'])
    publication.end('lost')
    mock.timers.tick(2500)
    begun[1]?.end('lost')
    mock.timers.tick(10_000)
    assert.equal(begun.length, 2)
    const second = await hub.publish(channel, publisher())
    second.end('unpublished')
    mock.timers.tick(4000)
    assert.equal(begun.length, 2)
    await hub.stop('done')
  })

  test('a stop of the server is no end of the broadcast', async () => {
    const { hub, said, finished } = open()
    const encoder = publisher()
    await hub.publish(channel, encoder)
    await hub.stop('the server is stopping')
    assert.deepEqual(said, ['stopped'])
    assert.deepEqual(finished, ['b1 stopped'])
    assert.equal(encoder.closed.length, 1)
    await assert.rejects(hub.publish(channel, publisher()), /stopping/)
  })

  test('a store that fails refuses the publisher, and the next one may try again', async () => {
    let fail = true
    const failing = new Hub({
      limits: { graceSeconds: 60, endSeconds: 5, maxBroadcasts: 2 },
      log: silentLog,
      readers: () => [],
      progress: () => PROGRESS,
      store: {
        begin: async () => {
          if (fail) throw new Error('disk full')
          return { id: 'b', mediaSequence: 0, mediaSequenceLimit: 1, discontinuitySequence: 0, longestGopMs: 0 }
        },
        reserve: async () => 1,
        finish: async () => {},
      },
    })
    await assert.rejects(failing.publish(channel, publisher()), /disk full/)
    fail = false
    assert.ok(await failing.publish(channel, publisher()))
  })

  test('one broadcast more than the limit is refused in words', async () => {
    const { hub } = open()
    await hub.publish(channel, publisher())
    await hub.publish({ id: 'c2', slug: 'valley' }, publisher())
    await assert.rejects(hub.publish({ id: 'c3', slug: 'hall' }, publisher()), { name: 'RefusedError', code: 'LIMIT' })
    assert.ok(await hub.publish(channel, publisher()), 'a return is no new broadcast')
  })

  test('packets whose time does not grow are left out and counted', async () => {
    const { hub, said } = open()
    const publication = await hub.publish(channel, publisher())
    publication.track(videoTrack)
    for (const at of [10, 11, 11, 10.5, 12]) publication.write(frame(at))
    assert.deepEqual(said, ['track', 'packet 10', 'packet 11', 'packet 12'])
    assert.equal(hub.broadcasts()[0]?.dropped, 2)
  })

  test('an observer that throws breaks nothing', async () => {
    const { hub } = open()
    hub.observe(() => {
      throw new Error('observer')
    })
    assert.ok(await hub.publish(channel, publisher()))
  })
})
