import type { RtmpServer } from '../ingest/rtmp/server.ts'
import type { BroadcastFigures, EncoderFigures } from '../insight/ingest/encoder-figures.ts'
import type { Hub } from '../live/hub.ts'

type RtmpConnection = ReturnType<RtmpServer['describe']>['connections'][number]

/** What goes on: the hub's broadcasts, each with what its connection sends. */
export function* broadcastFigures(hub: Hub, rtmp: RtmpServer): Iterable<BroadcastFigures> {
  const broadcasts = hub.broadcasts()
  if (broadcasts.length === 0) return
  const bySlug = new Map<string, RtmpConnection>()
  // Of two that overlap in a takeover the newer one publishes.
  for (const connection of rtmp.describe().connections) {
    if (connection.channel !== undefined) bySlug.set(connection.channel.slug, connection)
  }
  for (const { slug, publisher, isResumed } of broadcasts) {
    const live = hub.state(slug)
    if (live === undefined) continue
    const connection = publisher === undefined ? undefined : bySlug.get(slug)
    const { state, broadcastId, startedAtMs, refusedRivals } = live
    const encoder = connection && encoderFigures(connection, refusedRivals)
    yield { slug, broadcastId, startedAtMs, state, isResumed, encoder }
  }
}

/** One connection's figures in the words of the insight. */
export function encoderFigures(
  { id, media }: Pick<RtmpConnection, 'id' | 'media'>,
  refusedRivals = 0,
): EncoderFigures | undefined {
  if (media === undefined) return undefined
  const { counters, frames } = media
  return {
    connection: id,
    encoder: media.encoder,
    video: media.video && { ...media.video, unusual: media.unusual },
    audio: media.audio,
    declaredVideoBitrate: media.declaredVideoBitrate,
    videoBytes: counters.videoBytes,
    audioBytes: counters.audioBytes,
    frames: counters.videoPackets,
    missingFrames: frames.missing,
    unusableFrames: counters.droppedMalformed,
    keyFramesWithoutIdr: counters.keyFramesWithoutIdr,
    keyFrameDistances: frames.keyFrameDistances.map((ms) => ms / 1000),
    sinceKeyFrame: frames.sinceKeyFrame === undefined ? undefined : frames.sinceKeyFrame / 1000,
    bFrames: frames.bFrames,
    mediaSeconds: media.seconds,
    jumps: media.timestampJumps,
    configChanges: counters.configChanges,
    refusedRivals,
  }
}
