import { assertNever, messageOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import type { Config } from '../config/schema.ts'
import { Broadcast, FIRST_MEDIA_TIME } from '../live/broadcast.ts'
import type { Hub } from '../live/hub.ts'
import type { LeftBroadcast } from '../live/ports.ts'
import type { Track } from '../media/packet.ts'
import type { BroadcastKeeper, KeptBroadcast } from '../packager/keeper.ts'
import type { Kept, Packager } from '../packager/packager.ts'
import { shapeOf } from '../packager/presentation.ts'
import { type Resumed, resume } from '../packager/resume.ts'
import type { SegmentStore } from '../segments/segment-store.ts'
import type { FoundBroadcast, StoredInit } from '../segments/stored-segment.ts'
import type { Store } from '../store/store.ts'

/** A server that was away for longer has other viewers, and another broadcast. */
const LONGEST_AWAY_MS = 15 * 60_000

/** How much of a broadcast is kept, seconds: what can be rewound, and at least what a live playlist shows. */
export function keptSeconds({ dvrSeconds, liveSeconds, maxSegmentSeconds }: Config['packaging']): number {
  return Math.max(dvrSeconds, liveSeconds, 4 * maxSegmentSeconds)
}

/** Where the packager puts what leaves memory. */
export function keeperFor(
  segments: SegmentStore,
  inForce: { readonly config: Config },
): (broadcast: Broadcast) => BroadcastKeeper {
  return ({ id, channel, startedAtMs }) =>
    segments.open({
      ...{ channel: channel.id, slug: channel.slug, broadcast: id, startedAt: startedAtMs },
      keepSeconds: keptSeconds(inForce.config.packaging),
    })
}

export type RestoreParts = {
  readonly config: Config
  readonly store: Pick<Store, 'broadcasts' | 'channels'>
  readonly segments: SegmentStore
  readonly packager: Packager
  readonly hub: Hub
  /** Told before the hub asks for a broadcast's readers. */
  readonly resumed: Map<string, Kept>
  readonly log: Log
}

/**
 * Takes up what a process before this one left on the disk: broadcasts that go on, and ended ones that are still shown. One
 * whose media can't go on is the same broadcast all the same, with a playlist that begins anew.
 */
export async function restore(found: readonly FoundBroadcast[], parts: RestoreParts): Promise<void> {
  const { segments, store, log } = parts
  const left = new Map((await store.broadcasts.left()).map((broadcast) => [broadcast.id, broadcast]))
  const seenAtMs = new Map(found.map(({ broadcast, writtenAt }) => [broadcast, writtenAt]))
  // The newest last, so that it is the one its channel shows.
  for (const each of [...found].sort((a, b) => a.startedAt - b.startedAt)) {
    try {
      const { broadcast, end } = each
      const taken =
        end?.how === 'ended' ? await showEnded(each, end.at, parts) : await goOn(each, left.get(broadcast), parts)
      if (!taken) segments.forget(each)
      // Its end was on the disk before it could be told to the store.
      if (end?.how === 'ended' && left.has(broadcast)) await store.broadcasts.abandon(broadcast)
      if (taken || end?.how === 'ended') left.delete(broadcast)
    } catch (error) {
      left.delete(each.broadcast)
      log.error({ channel: each.slug, error: messageOf(error) }, 'a broadcast could not be taken up')
    }
  }
  for (const each of left.values()) {
    try {
      await goOnAnew(each, Math.max(each.seenAtMs, seenAtMs.get(each.id) ?? 0), parts)
    } catch (error) {
      log.error({ channel: each.channel.slug, error: messageOf(error) }, 'a broadcast could not be taken up')
    }
  }
}

/** Its row, its chat and its figures go on, if it may still be awaited; else it is over. */
async function goOnAnew(left: LeftBroadcast, seenAtMs: number, { store, hub }: RestoreParts): Promise<void> {
  if (Date.now() - seenAtMs > LONGEST_AWAY_MS || hub.state(left.channel.slug) !== undefined) {
    await store.broadcasts.abandon(left.id)
    return
  }
  const start = await store.broadcasts.resumeAnew(left.id)
  hub.resume(new Broadcast(left.channel, start, left.startedAtMs, FIRST_MEDIA_TIME + left.mediaSeconds))
}

async function goOn(found: FoundBroadcast, left: LeftBroadcast | undefined, parts: RestoreParts): Promise<boolean> {
  const { store, hub, log } = parts
  if (left === undefined || Date.now() - found.writtenAt > LONGEST_AWAY_MS) return false
  const kept = takeUp(found, left.state === 'stopped' && found.end?.how === 'stopped', parts)
  const exact = left.state === 'stopped' ? kept?.resumed.nextMsn === left.nextMediaSequence : true
  if (kept === undefined || !exact) {
    log.warn({ channel: found.slug }, 'what was kept of a broadcast’s media does not go on; its playlist begins anew')
    return false
  }
  const { nextMsn, discontinuitySequence, mediaTime } = kept.resumed
  const start = await store.broadcasts.resume(left.id, {
    ...{ nextMediaSequence: nextMsn, discontinuitySequence, longestGopMs: 0 },
  })
  parts.resumed.set(left.id, kept)
  hub.resume(new Broadcast(left.channel, start, left.startedAtMs, mediaTime))
  parts.resumed.delete(left.id)
  return true
}

async function showEnded(found: FoundBroadcast, endedAtMs: number, parts: RestoreParts): Promise<boolean> {
  const { config, store, packager } = parts
  if (Date.now() >= endedAtMs + config.packaging.endedSeconds * 1000) return false
  const channel = await store.channels.bySlug(found.slug)
  const kept = channel?.id === found.channel ? takeUp(found, true, parts) : undefined
  if (kept === undefined) return false
  const { nextMsn, discontinuitySequence } = kept.resumed
  const start = {
    ...{ id: found.broadcast, mediaSequence: nextMsn, mediaSequenceLimit: nextMsn, discontinuitySequence },
    longestGopMs: 0,
  }
  const broadcast = new Broadcast({ id: found.channel, slug: found.slug }, start, found.startedAt)
  packager.showEnded(broadcast, kept, endedAtMs)
  return true
}

/** @returns undefined: nothing of it can go on */
function takeUp(found: FoundBroadcast, complete: boolean, { config, segments }: RestoreParts): Kept | undefined {
  // What numbers were used last is not known, or nobody may see them any more.
  if (found.doubtful || config.packaging.mode === 'off') return undefined
  const { channel, slug, broadcast, startedAt } = found
  const info = { channel, slug, broadcast, startedAt, keepSeconds: keptSeconds(config.packaging) }
  const keeper = segments.open(info, found)
  const kept: KeptBroadcast = {
    keeper,
    complete,
    renditions: found.renditions.map(({ name, inits, segments: all }) => ({
      name,
      tracks: inits.map((init) => ({ track: trackOf(init), init: Buffer.from(init.bytes) })),
      segments: all,
    })),
  }
  const resumed: Resumed | undefined = resume(kept, shapeOf(config.packaging))
  if (resumed !== undefined) return { keeper, resumed }
  keeper.remove()
  return undefined
}

/** As ingest names its tracks: players never see the id. */
function trackOf({ codec, config, timescale }: StoredInit): Track {
  switch (codec) {
    case 'h264':
      return { id: 1, codec: { kind: codec, avcC: config }, timescale }
    case 'aac':
      return { id: 2, codec: { kind: codec, audioSpecificConfig: config }, timescale }
    case 'opus':
      return { id: 2, codec: { kind: codec, opusHead: config }, timescale }
    default:
      return assertNever(codec)
  }
}
