import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { MalformedError, RefusedError } from '../../../src/base/errors.ts'
import { silentLog } from '../../../src/base/log.ts'
import { ChunkDecoder } from '../../../src/formats/rtmp/chunk-decoder.ts'
import type { Message } from '../../../src/formats/rtmp/message.ts'
import { DEFAULT_RTMP_LIMITS } from '../../../src/ingest/rtmp/limits.ts'
import { Session } from '../../../src/ingest/rtmp/session.ts'
import type { Packet } from '../../../src/media/packet.ts'
import { KEY, keyAuthorizer, type Running, runRtmp } from '../../flow/rtmp-harness.ts'
import { openPresentation } from '../../light/package-packets.ts'
import { RtmpPublisher } from '../../light/rtmp-publisher.ts'
import { bytesTarget } from '../target.ts'

const LONGEST = 300_000

/** Everything between a publisher's chunks and the packager's segments, without a socket. */
const session = bytesTarget({
  name: 'rtmp-session',
  says: 'whatever a publisher sends behind its handshake is refused or packaged: decode times of a track only grow, and no part is empty',
  known: [],
  longest: LONGEST,
  async check(bytes) {
    const messages: Message[] = []
    const limits = { messageBytes: 1 << 20, heldBytes: 2 << 20, chunkStreams: DEFAULT_RTMP_LIMITS.chunkStreams }
    const decoder = new ChunkDecoder(limits, (each) => messages.push(each))
    const { broadcast, presentation } = openPresentation({ liveSeconds: 20 })
    const newest = new Map<number, number>()
    const one = new Session({
      authorizer: keyAuthorizer,
      input: {
        publish: async () => ({
          startTime: 10,
          track: (track) => broadcast.track(track),
          write(packet: Packet) {
            const before = newest.get(packet.trackId) ?? Number.NEGATIVE_INFINITY
            assert.ok(packet.dts > before, `decode time ${packet.dts} behind ${before}`)
            assert.ok(packet.data.byteLength > 0 && Number.isInteger(packet.dts))
            newest.set(packet.trackId, packet.dts)
            broadcast.write(packet)
          },
          end: () => broadcast.end('stopped'),
        }),
      },
      log: silentLog,
      playing: {
        players: { play: async () => ({ pause: () => {}, stop: () => {} }) },
        outlet: { write: () => {}, waiting: 0 },
        changed: () => {},
      },
      publisher: { description: 'fuzz', close: () => {} },
      send: () => {},
      publishing: () => {},
      acknowledgeEvery: () => {},
      close: () => {},
    })
    try {
      decoder.push(bytes)
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error
    }
    try {
      for (const each of messages) await one.handle(each)
    } catch (error) {
      if (!(error instanceof MalformedError || error instanceof RefusedError)) throw error
    } finally {
      one.ended()
      broadcast.end('stopped')
    }
    for (const { window } of presentation.allRenditions) {
      const last = window.lastMsn
      for (let msn = Math.max(0, last - 3); msn <= last; msn++) {
        for (const part of window.segment(msn)?.parts ?? []) assert.ok(part.bytes.byteLength > 0 && part.duration > 0)
      }
    }
  },
})

let running: Promise<Running> | undefined

/** The whole server, by its socket: the recorded bytes of real encoders, changed. */
const server = bytesTarget({
  name: 'rtmp-server',
  says: 'a publisher that sends anything is let go, and the next one publishes',
  known: [],
  longest: LONGEST,
  async check(bytes) {
    running ??= runRtmp({ limits: { strangerMs: 2000, lingerMs: 20 } })
    const { port } = await running
    const socket = connect({ port, host: '127.0.0.1' })
    socket.on('error', () => {})
    socket.resume()
    await once(socket, 'connect')
    const closed = once(socket, 'close')
    socket.end(bytes)
    await closed
    count++
    // Each answers for itself; that it still works for others is asked now and then.
    if (count % 50 !== 0) return
    const publisher = await RtmpPublisher.open({ port, name: KEY })
    publisher.client.destroy()
    await publisher.client.closed
  },
  async close() {
    const held = await running
    running = undefined
    await held?.[Symbol.asyncDispose]()
  },
})
let count = 0

export const publishTargets = [session, server]
