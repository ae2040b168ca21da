import { setTimeout as sleep } from 'node:timers/promises'
import { TagType } from '../../src/formats/flv/flv-file.ts'
import { MediaInput } from '../../src/ingest/rtmp/media-input.ts'
import type { Demand, PromisedRung, RungSink } from '../../src/live/rungs.ts'
import type { Packet, Track } from '../../src/media/packet.ts'
import { readFlvFile } from './rtmp-publisher.ts'

/** What a broadcast's readers are told, in order. */
export type Told = { readonly track: Track } | { readonly packet: Packet }

/** The frames of an FLV file, as a broadcast has them after RTMP. */
export function toldBy(path: string, startTime = 10): Told[] {
  const told: Told[] = []
  const input = new MediaInput(
    { startTime, end: () => {}, track: (track) => told.push({ track }), write: (packet) => told.push({ packet }) },
    () => {},
  )
  for (const { typeId, timestamp, body } of readFlvFile(path)) {
    if (typeId === TagType.audio) input.audio(timestamp, body)
    else if (typeId === TagType.video) input.video(timestamp, body)
  }
  return told
}

/** The pictures among them. */
export const videoOf = (told: readonly Told[]): Packet[] => {
  const ids = told.flatMap((each) => ('track' in each && each.track.codec.kind === 'h264' ? [each.track.id] : []))
  return told.flatMap((each) => ('packet' in each && ids.includes(each.packet.trackId) ? [each.packet] : []))
}

export const ptsOf = ({ dts, cts }: Packet): number => dts + cts

/** Tells it as fast as it was, or so many times as fast. While what comes `after` a packet isn't done, time stands still. */
export async function tell(
  told: readonly Told[],
  reader: { track(track: Track): void; packet(packet: Packet): void },
  { speed = 1, after }: { readonly speed?: number; readonly after?: (packet: Packet) => void | Promise<void> } = {},
): Promise<void> {
  let startMs = performance.now()
  const scales = new Map<number, number>()
  let first: number | undefined
  for (const each of told) {
    if ('track' in each) {
      scales.set(each.track.id, each.track.timescale)
      reader.track(each.track)
      continue
    }
    const seconds = each.packet.dts / (scales.get(each.packet.trackId) ?? 1)
    first ??= seconds
    const waitMs = startMs + ((seconds - first) * 1000) / speed - performance.now()
    if (waitMs > 2) await sleep(waitMs)
    reader.packet(each.packet)
    const pause = after?.(each.packet)
    if (pause === undefined) continue
    const sinceMs = performance.now()
    await pause
    startMs += performance.now() - sinceMs
  }
}

/** A sink that keeps all it is told, by rung. */
export class RungFrames implements RungSink {
  readonly expected: (readonly string[])[] = []
  readonly tracks = new Map<string, Track[]>()
  readonly packets = new Map<string, Packet[]>()
  readonly pauses: string[] = []
  readonly sleeps: string[] = []
  readonly withdrawn: string[] = []
  readonly promised: PromisedRung[] = []
  /** What a test's players ask for. */
  readonly demands = new Map<string, Demand>()

  expect(names: readonly string[], promised: readonly PromisedRung[] = []): void {
    this.expected.push(names)
    for (const promise of promised) {
      this.promised.push(promise)
      this.demands.set(promise.name, { lists: 0, media: 0, waiting: 0 })
    }
  }
  track(name: string, track: Track): void {
    this.tracks.set(name, [...(this.tracks.get(name) ?? []), track])
  }
  packet(name: string, packet: Packet): void {
    const known = this.packets.get(name)
    if (known === undefined) this.packets.set(name, [packet])
    else known.push(packet)
  }
  pause(name: string): void {
    this.pauses.push(name)
  }
  sleep(name: string): void {
    this.sleeps.push(name)
  }
  withdraw(name: string): void {
    this.withdrawn.push(name)
  }
  demand(name: string): Demand | undefined {
    return this.demands.get(name)
  }

  of(name: string): readonly Packet[] {
    return this.packets.get(name) ?? []
  }
  pts(name: string): number[] {
    return this.of(name).map(ptsOf)
  }
  keys(name: string): number[] {
    return this.of(name).flatMap((packet) => (packet.isSync ? [ptsOf(packet)] : []))
  }
}
