import assert from 'node:assert/strict'
import { mock, describe as suite, test } from 'node:test'
import { CHUNKED_FLV, FLV, rtmpLayout, WEBSOCKET_FLV } from '../../../src/deliver/flv/layouts.ts'
import { LiveFlv } from '../../../src/deliver/flv/live-flv.ts'
import { ViewerCounts } from '../../../src/deliver/flv/viewer.ts'
import { readAudioTag } from '../../../src/formats/flv/audio-tag.ts'
import { FlvDecoder, type FlvTag, TagType } from '../../../src/formats/flv/flv-file.ts'
import { readVideoTag } from '../../../src/formats/flv/video-tag.ts'
import { ChunkDecoder } from '../../../src/formats/rtmp/chunk-decoder.ts'
import { setChunkSize } from '../../../src/formats/rtmp/control.ts'
import type { Message } from '../../../src/formats/rtmp/message.ts'
import type { Packet, Track } from '../../../src/media/packet.ts'
import { KeptOutlet } from '../../light/kept-outlet.ts'
import { audioTrack, synthetic, videoTrack } from '../../light/synthetic.ts'
import { AVCC_480P } from '../../light/synthetic-media.ts'

const MERGE_MS = 50
const BUFFERED = 300_000
const STALLED_MS = 10_000

function open(
  copies: boolean,
  t: { after(done: () => void): void },
  options: { bufferedBytes?: number; mergeMs?: number | 'auto' } = {},
) {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  let nowMs = 1000
  const clock = mock.method(performance, 'now', () => nowMs)
  const counts = new ViewerCounts()
  const rules = { bufferedBytes: options.bufferedBytes ?? BUFFERED, stalledMs: STALLED_MS, counts }
  let isOver = false
  const { mergeMs = MERGE_MS } = options
  const live = new LiveFlv({ rules, mergeMs, copies, onEnd: () => (isOver = true) })
  t.after(() => {
    mock.timers.reset()
    clock.mock.restore()
  })
  const pass = (ms: number): void => {
    nowMs += ms
    mock.timers.tick(ms)
  }
  return {
    live,
    counts,
    pass,
    isOver: () => isOver,
    tracks: (...tracks: Track[]) => {
      for (const track of tracks) live.track(track)
    },
    /** Packets as their times say, one tick after the other. */
    play: (packets: readonly Packet[]) => {
      for (const packet of packets) {
        live.packet(packet)
        pass(14)
      }
      pass(MERGE_MS)
    },
  }
}

const frames = (tags: readonly FlvTag[]) =>
  tags.filter(({ typeId, body }) => typeId !== TagType.script && body[1] !== 0)
const isKey = ({ typeId, body }: FlvTag): boolean => typeId === TagType.video && body[0] === 0x17 && body[1] === 1
const kinds = (tags: readonly FlvTag[]): string[] =>
  tags.map(({ typeId, body }) => {
    if (typeId === TagType.script) return 'metadata'
    const of = typeId === TagType.video ? 'video' : 'audio'
    return body[1] === 0 ? `${of} config` : typeId === TagType.video && body[0] === 0x17 ? 'key' : of
  })

for (const copies of [false, true]) {
  suite(`played ${copies ? 'from copies' : 'from the packets that are packaged'}`, () => {
    test('a player that comes in the middle of a group gets head, configurations and all frames since the key frame at once', (t) => {
      const { live, tracks, play } = open(copies, t)
      tracks(videoTrack, audioTrack)
      const packets = synthetic({ seconds: 3, reorder: 1 })
      play(packets)
      const outlet = new KeptOutlet()
      live.join(FLV, outlet)
      const { tags } = outlet
      assert.equal(outlet.bytes[4], 5, 'the head says picture and sound')
      assert.deepEqual(kinds(tags).slice(0, 4), ['metadata', 'video config', 'audio config', 'key'])
      const group = packets.slice(packets.findLastIndex(({ trackId, isSync }) => trackId === 1 && isSync))
      assert.deepEqual(
        frames(tags).map(({ body, typeId }) => Buffer.from(body.subarray(typeId === TagType.video ? 5 : 2))),
        group.map(({ data }) => Buffer.from(data)),
      )
      for (const [index, { timestamp, body, typeId }] of frames(tags).entries()) {
        const packet = group[index]
        assert.ok(packet)
        const rate = packet.trackId === 1 ? 90 : 48
        assert.equal(timestamp, Math.round(packet.dts / rate))
        const tag = typeId === TagType.video ? readVideoTag(body) : readAudioTag(body)
        if (tag.kind === 'frame' && 'compositionTime' in tag)
          assert.equal(tag.compositionTime, Math.round(packet.cts / 90))
      }
      live.end('stopped')
    })

    test('all that comes afterwards follows, each frame once and in order, whenever a player came', (t) => {
      const { live, tracks, play, pass } = open(copies, t)
      tracks(videoTrack, audioTrack)
      const packets = synthetic({ seconds: 6 })
      const outlets: KeptOutlet[] = []
      for (let from = 0; from < packets.length; from += 37) {
        // Beside frames that wait for the tick, and at every phase of a group.
        for (const packet of packets.slice(from, from + 37)) live.packet(packet)
        const outlet = new KeptOutlet()
        outlets.push(outlet)
        live.join(FLV, outlet)
        pass(from % 3 === 0 ? MERGE_MS : 7)
      }
      play([])
      for (const outlet of outlets) {
        const sent = frames(outlet.tags)
        assert.ok(sent[0] && isKey(sent[0]))
        const last = packets.slice(-sent.length)
        assert.deepEqual(
          sent.map(({ timestamp }) => timestamp),
          last.map(({ dts, trackId }) => Math.round(dts / (trackId === 1 ? 90 : 48))),
        )
      }
      live.end('stopped')
    })

    test('what gathers within a tick goes out in one write, the same bytes to all', (t) => {
      const { live, tracks, play, pass } = open(copies, t)
      tracks(videoTrack, audioTrack)
      const packets = synthetic({ seconds: 1.5 })
      play(packets.slice(0, 50))
      const [one, other] = [new KeptOutlet(), new KeptOutlet()]
      live.join(FLV, one)
      live.join(FLV, other)
      const [before, writes] = [one.written.length, one.writes]
      for (const packet of packets.slice(50, 60)) live.packet(packet)
      assert.equal(one.writes, writes)
      pass(MERGE_MS)
      assert.equal(one.writes, writes + 1)
      assert.equal(one.written.length, before + 1)
      assert.equal(one.written.at(-1), other.written.at(-1))
      live.end('stopped')
    })

    test('a player that comes before the first key frame waits for it, without sound', (t) => {
      const { live, tracks, play } = open(copies, t)
      const outlet = new KeptOutlet()
      live.join(FLV, outlet)
      tracks(videoTrack, audioTrack)
      const packets = synthetic({ seconds: 4 })
      play(packets.slice(5, 60))
      assert.deepEqual(outlet.written, [])
      play(packets.slice(60))
      assert.deepEqual(kinds(outlet.tags).slice(0, 4), ['metadata', 'video config', 'audio config', 'key'])
      live.end('stopped')
    })

    test('a group longer than what is kept of one: who comes waits for the next key frame', (t) => {
      const { live, tracks, play } = open(copies, t, { bufferedBytes: 100_000 })
      tracks(videoTrack, audioTrack)
      const packets = synthetic({ seconds: 4, bytes: 2000 })
      const second = packets.findLastIndex(({ trackId, isSync }) => trackId === 1 && isSync)
      play(packets.slice(0, second - 1))
      const outlet = new KeptOutlet()
      live.join(FLV, outlet)
      assert.deepEqual(outlet.written, [])
      play(packets.slice(second - 1))
      assert.ok(isKey(frames(outlet.tags)[0] as FlvTag))
      assert.equal(frames(outlet.tags).length, packets.length - second)
      live.end('stopped')
    })

    test('a player that takes nothing is written to up to its bound, skips to a key frame when it has caught up, and counts', (t) => {
      const { live, tracks, play, counts } = open(copies, t)
      tracks(videoTrack, audioTrack)
      const packets = synthetic({ seconds: 20, bytes: 4000 })
      const [slow, quick] = [new KeptOutlet(), new KeptOutlet()]
      live.join(FLV, slow)
      live.join(FLV, quick)
      slow.isStalled = true
      const at = (seconds: number): number =>
        packets.findIndex(({ dts, trackId }) => trackId === 1 && dts / 90_000 >= 10 + seconds)
      play(packets.slice(0, at(5)))
      assert.ok(slow.waiting > BUFFERED && slow.waiting < BUFFERED + 50_000, `${slow.waiting} wait`)
      assert.equal(counts.skips, 1)
      const sent = slow.tags.length
      slow.drain()
      slow.isStalled = false
      play(packets.slice(at(5), at(6)))
      assert.equal(slow.tags.length, sent, 'nothing before the next key frame')
      play(packets.slice(at(6)))
      assert.ok(isKey(slow.tags[sent] as FlvTag))
      const times = frames(slow.tags).filter(({ typeId }) => typeId === TagType.video)
      assert.deepEqual(
        times.map(({ timestamp }) => timestamp),
        times.map(({ timestamp }) => timestamp).sort((a, b) => a - b),
      )
      assert.equal(frames(quick.tags).length, packets.length)
      assert.equal(slow.wasCut, undefined)
      live.end('stopped')
    })

    test('a player that stays behind is cut off', (t) => {
      const { live, tracks, play, counts } = open(copies, t)
      tracks(videoTrack)
      const outlet = new KeptOutlet()
      live.join(FLV, outlet)
      outlet.isStalled = true
      // 14 ms pass at each packet, and each lasts 33: seconds enough.
      play(synthetic({ seconds: 45, bytes: 4000, audio: false }))
      assert.match(outlet.wasCut ?? '', /behind/)
      assert.equal(counts.cutOff, 1)
      live.end('stopped')
    })

    test('a change of configuration comes in its place to those who play, and first to those who skipped or come', (t) => {
      const { live, tracks, play } = open(copies, t)
      tracks(videoTrack, audioTrack)
      const packets = synthetic({ seconds: 4 })
      const half = packets.findLastIndex(({ trackId, isSync }) => trackId === 1 && isSync)
      const [plays, pauses] = [new KeptOutlet(), new KeptOutlet()]
      live.join(FLV, plays)
      const seat = live.join(FLV, pauses)
      play(packets.slice(0, half))
      seat.pause(true)
      live.track({ ...videoTrack, codec: { kind: 'h264', avcC: AVCC_480P } })
      const late = new KeptOutlet()
      live.join(FLV, late)
      assert.deepEqual(late.written, [])
      seat.pause(false)
      play(packets.slice(half))
      const configs = (outlet: KeptOutlet): Buffer[] =>
        outlet.tags
          .filter(({ typeId, body }) => typeId === TagType.video && body[1] === 0)
          .map(({ body }) => Buffer.from(body.subarray(5)))
      const [before, after] = [
        videoTrack.codec.kind === 'h264' ? Buffer.from(videoTrack.codec.avcC) : undefined,
        Buffer.from(AVCC_480P),
      ]
      assert.deepEqual(configs(plays), [before, after])
      assert.deepEqual(configs(pauses), [before, after])
      assert.deepEqual(configs(late), [after])
      assert.equal(frames(plays.tags).length, packets.length)
      live.end('stopped')
    })

    test('an encoder that comes back goes on behind its key frame, and is not introduced again when it is the same', (t) => {
      const { live, tracks, play } = open(copies, t)
      tracks(videoTrack, audioTrack)
      const outlet = new KeptOutlet()
      play(synthetic({ seconds: 3 }))
      live.join(FLV, outlet)
      live.discontinuity()
      const waits = new KeptOutlet()
      live.join(FLV, waits)
      assert.deepEqual(waits.written, [])
      tracks(videoTrack, audioTrack)
      const back = synthetic({ seconds: 3, from: 13 })
      play(back.slice(7))
      const names = kinds(outlet.tags)
      assert.equal(names.filter((name) => name === 'video config').length, 1)
      const times = frames(outlet.tags)
        .filter(({ typeId }) => typeId === TagType.video)
        .map(({ timestamp }) => timestamp)
      assert.deepEqual(
        times,
        [...times].sort((a, b) => a - b),
      )
      assert.equal(kinds(waits.tags)[3], 'key')
      assert.equal(waits.tags[3]?.timestamp, 15_000)
      live.end('stopped')
    })

    test('sound alone is played from the last second on; its first second waits for a picture', (t) => {
      const { live, tracks, play } = open(copies, t)
      tracks(audioTrack)
      const early = new KeptOutlet()
      live.join(FLV, early)
      const packets = synthetic({ seconds: 5, video: false })
      play(packets)
      const late = new KeptOutlet()
      live.join(FLV, late)
      assert.equal(early.bytes[4], 4, 'the head says sound alone')
      assert.deepEqual(kinds(early.tags).slice(0, 3), ['metadata', 'audio config', 'audio'])
      assert.ok(frames(early.tags).length > 180)
      assert.ok(frames(late.tags).length <= 47)
      live.end('stopped')
    })

    test('sound that comes before the picture does not begin without it', (t) => {
      const { live, tracks, play } = open(copies, t)
      const outlet = new KeptOutlet()
      live.join(FLV, outlet)
      tracks(audioTrack)
      play(synthetic({ seconds: 0.5, video: false }))
      tracks(videoTrack)
      play(synthetic({ seconds: 1, from: 10.5 }))
      assert.deepEqual(kinds(outlet.tags).slice(0, 4), ['metadata', 'audio config', 'video config', 'key'])
      live.end('stopped')
    })

    for (const how of ['ended', 'stopped'] as const) {
      test(`players get what had gathered, then are told that the broadcast has ${how}`, (t) => {
        const { live, tracks, play, isOver } = open(copies, t)
        tracks(videoTrack)
        const outlet = new KeptOutlet()
        const packets = synthetic({ seconds: 1, audio: false })
        play(packets.slice(0, 20))
        live.join(FLV, outlet)
        for (const packet of packets.slice(20)) live.packet(packet)
        live.end(how)
        assert.equal(frames(outlet.tags).length, packets.length)
        assert.equal(outlet.ended, how)
        assert.ok(isOver())
        const late = new KeptOutlet()
        live.join(FLV, late)
        assert.equal(late.ended, how)
      })
    }

    test('the first few players get frames without gathering, more of them less often', (t) => {
      const { live, tracks, play, pass } = open(copies, t, { mergeMs: 'auto' })
      tracks(videoTrack)
      const packets = synthetic({ seconds: 1, audio: false })
      play(packets.slice(0, 5))
      const writes = (players: number): number => {
        const outlets = Array.from({ length: players }, () => new KeptOutlet())
        const seats = outlets.map((outlet) => live.join(FLV, outlet))
        const before = outlets[0]?.writes ?? 0
        for (const packet of packets.slice(5)) {
          live.packet(packet)
          pass(10)
        }
        for (const seat of seats) seat.leave()
        return (outlets[0]?.writes ?? 0) - before
      }
      const few = writes(4)
      const some = writes(30)
      const many = writes(300)
      assert.equal(few, packets.length - 5)
      assert.ok(few > some && some > many, `${few}, ${some}, ${many} writes`)
      live.end('stopped')
    })

    test('more players than are written to at a time all get everything', async (t) => {
      const { live, tracks, play } = open(copies, t)
      tracks(videoTrack)
      const packets = synthetic({ seconds: 1, audio: false })
      play(packets.slice(0, 5))
      const outlets = Array.from({ length: 1200 }, () => new KeptOutlet())
      for (const outlet of outlets) live.join(FLV, outlet)
      play(packets.slice(5, 20))
      live.packet(packets[20] as Packet)
      live.end('ended')
      while (outlets.some(({ ended }) => ended === undefined)) await new Promise((resolve) => setImmediate(resolve))
      for (const outlet of outlets) assert.equal(frames(outlet.tags).length, 21)
    })

    test('every layout has the same messages in it', (t) => {
      const { live, tracks, play } = open(copies, t)
      tracks(videoTrack, audioTrack)
      // Frames over a chunk's size, and times that need the extended timestamp.
      const packets = synthetic({ seconds: 3, bytes: 5000, from: 20_000 })
      play(packets.slice(0, 100))
      const [file, chunked, framed, rtmp] = [new KeptOutlet(), new KeptOutlet(), new KeptOutlet(), new KeptOutlet()]
      const chunkSize = 1024
      live.join(FLV, file)
      live.join(CHUNKED_FLV, chunked)
      live.join(WEBSOCKET_FLV, framed)
      live.join(rtmpLayout({ chunkSize, messageStreamId: 3 }), rtmp)
      play(packets.slice(100))
      const whole = file.tags
      assert.deepEqual(readTags(withoutHttpChunks(chunked.bytes)), whole)
      assert.deepEqual(readTags(withoutFrames(framed.bytes)), whole)
      const messages: Message[] = []
      const decoder = new ChunkDecoder({ messageBytes: 1e6, heldBytes: 2e6, chunkStreams: 8 }, (each) =>
        messages.push(each),
      )
      // Control messages alone set the size of chunks.
      const { payload } = setChunkSize(chunkSize)
      decoder.push(Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0]), payload]))
      decoder.push(rtmp.bytes)
      assert.deepEqual(
        messages.map(({ typeId, timestamp, payload: body }) => ({ typeId, timestamp, body: Buffer.from(body) })),
        whole.map(({ typeId, timestamp, body }) => ({ typeId, timestamp, body: Buffer.from(body) })),
      )
      assert.ok(messages.every(({ messageStreamId }) => messageStreamId === 3))
      live.end('stopped')
    })

    function readTags(bytes: Uint8Array): FlvTag[] {
      const tags: FlvTag[] = []
      new FlvDecoder((tag) => tags.push(tag)).push(bytes)
      return tags
    }

    function withoutHttpChunks(bytes: Buffer): Buffer {
      const parts: Buffer[] = []
      for (let at = 0; at < bytes.byteLength; ) {
        const end = bytes.indexOf('\r\n', at)
        const length = Number.parseInt(bytes.toString('latin1', at, end), 16)
        parts.push(bytes.subarray(end + 2, end + 2 + length))
        assert.equal(bytes.toString('latin1', end + 2 + length, end + 4 + length), '\r\n')
        at = end + 4 + length
      }
      return Buffer.concat(parts)
    }

    function withoutFrames(bytes: Buffer): Buffer {
      const parts: Buffer[] = []
      for (let at = 0; at < bytes.byteLength; ) {
        assert.equal(bytes[at], 0x82)
        const short = bytes[at + 1] ?? 0
        const head = short < 126 ? 2 : short === 126 ? 4 : 10
        const length =
          short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2))
        parts.push(bytes.subarray(at + head, at + head + length))
        at += head + length
      }
      return Buffer.concat(parts)
    }

    test('it is awaited while somebody plays', (t) => {
      const { live } = open(copies, t)
      assert.equal(live.isAwaited, false)
      const seat = live.join(FLV, new KeptOutlet())
      assert.equal(live.isAwaited, true)
      seat.leave()
      assert.equal(live.isAwaited, false)
    })
  })
}
