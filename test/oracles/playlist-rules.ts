import assert from 'node:assert/strict'
import type { StrictMedia, StrictMultivariant, StrictSegment } from './strict-playlist.ts'

/** Playlists write five decimals. */
const ROUNDING = 1e-5
/** EXT-X-PROGRAM-DATE-TIME is in whole milliseconds. */
const ROUNDED_MS = 1.1
/** What is not there is as long as its cuts are apart; sound begins with the frame that is nearest to them. */
const NEAREST_MS = 24
/** Where a playlist ends: the newest part it shows; `part` undefined when the last segment shows none. */
export type EdgeOf = { readonly msn: number; readonly part: number | undefined }

export function edgeOf(playlist: StrictMedia): EdgeOf {
  if (playlist.open.parts.length > 0) return { msn: playlist.open.msn, part: playlist.open.parts.length - 1 }
  const last = playlist.segments.at(-1)
  return { msn: playlist.open.msn - 1, part: last && last.parts.length > 0 ? last.parts.length - 1 : undefined }
}

/** -1, 0 or 1, as for sorting; a segment without parts stands for all of it. */
export function compareEdges(a: EdgeOf, b: EdgeOf): number {
  const part = (edge: EdgeOf): number => edge.part ?? Number.POSITIVE_INFINITY
  return a.msn !== b.msn ? Math.sign(a.msn - b.msn) : part(a) === part(b) ? 0 : part(a) < part(b) ? -1 : 1
}

/**
 * What RFC 8216bis asks of one media playlist of fragmented MP4 with parts.
 * @param irregular frames come at any time: parts may be short, and EXTINF and PROGRAM-DATE-TIME differ by a part
 */
export function checkMediaPlaylist(playlist: StrictMedia, irregular = false): void {
  const dateToleranceMs = irregular ? 500 : ROUNDED_MS
  const shortest = irregular ? 0 : 0.85
  const { targetDuration, partTarget, serverControl, segments, open } = playlist
  assert.ok(partTarget !== undefined && partTarget > 0, 'EXT-X-PART needs EXT-X-PART-INF')
  // 8: EXT-X-MAP in a playlist that is not of I-frames needs version 6, EXT-X-SKIP 9.
  assert.ok(playlist.version >= (playlist.skippedSegments > 0 ? 9 : 6), `version ${playlist.version}`)
  assert.ok(serverControl !== undefined, 'EXT-X-SERVER-CONTROL is REQUIRED with parts')
  assert.ok(serverControl.canBlockReload, 'CAN-BLOCK-RELOAD')
  assert.ok(
    (serverControl.canSkipUntil ?? 0) >= 6 * targetDuration,
    'the Skip Boundary is six target durations or more',
  )
  assert.ok((serverControl.holdBack ?? 0) >= 3 * targetDuration, 'HOLD-BACK is three target durations or more')
  // "at least two times the Part Target Duration … at least three times is RECOMMENDED" (4.4.3.8)
  const { partHoldBack = 0 } = serverControl
  assert.ok(partHoldBack >= 3 * partTarget - ROUNDING, `PART-HOLD-BACK ${partHoldBack}, PART-TARGET ${partTarget}`)

  for (const segment of segments) {
    const place = `segment ${segment.msn}`
    // "EXTINF …, when rounded to the nearest integer, MUST be less than or equal to the Target Duration" (4.4.3.1)
    assert.ok(Math.round(segment.duration) <= targetDuration, `${place} lasts ${segment.duration}`)
    assert.ok(segment.map !== undefined, `${place} has no EXT-X-MAP`)
    assert.ok(segment.programDateTime !== undefined, `${place} has no date`)
    if (segment.parts.length > 0) {
      const sum = segment.parts.reduce((total, part) => total + part.duration, 0)
      // Parts are listed 10 to 20 µs longer than they are, for shaka-player.
      const excess = sum - segment.duration
      const most = ROUNDING * (2 * segment.parts.length + 1)
      assert.ok(excess > 0 && excess <= most, `${place}: parts ${sum}, EXTINF ${segment.duration}`)
    }
    checkParts(segment, partTarget, shortest, true)
  }
  checkParts(open, partTarget, shortest, false)
  if (open.parts.length > 0) assert.ok(open.map !== undefined && open.programDateTime !== undefined, 'open segment')

  const dates = [...segments, open]
  for (const [i, segment] of segments.entries()) {
    const next = dates[i + 1]
    if (next?.programDateTime === undefined || segment.programDateTime === undefined || next.discontinuity) continue
    const difference = next.programDateTime - segment.programDateTime - segment.duration * 1000
    const most = segment.gap || segments[i + 1]?.gap ? Math.max(NEAREST_MS, dateToleranceMs) : dateToleranceMs
    assert.ok(Math.abs(difference) <= most, `date of ${next.msn} is off by ${difference} ms`)
  }

  // "Partial Segments … SHOULD NOT be listed after they are greater than three Target Durations from the end" is relaxed
  // where key frames are rare; but parts are never listed behind a segment that lists none.
  const firstWithParts = segments.findIndex(({ parts }) => parts.length > 0)
  for (const segment of firstWithParts < 0 ? [] : segments.slice(firstWithParts)) {
    assert.ok(segment.parts.length > 0 || segment.gap, `segment ${segment.msn} lists no parts behind one that does`)
  }
  if (playlist.ended) {
    assert.equal(playlist.preloadHint, undefined, 'nothing comes behind EXT-X-ENDLIST')
    assert.equal(open.parts.length, 0, 'an ended playlist has no open segment')
  } else assert.ok(playlist.preloadHint !== undefined, 'a preload hint')
}

/** "at least 85 % of the Part Target Duration", but for INDEPENDENT parts, the last of a segment and one before a gap (4.4.4.9). */
function checkParts(
  { parts, msn }: Pick<StrictSegment, 'parts' | 'msn'>,
  partTarget: number,
  shortest: number,
  complete: boolean,
): void {
  for (const [i, part] of parts.entries()) {
    const place = `part ${msn}.${i} lasts ${part.duration} of ${partTarget}`
    assert.ok(part.duration <= partTarget + ROUNDING, place)
    const last = i === parts.length - 1
    if (!part.independent && !last) assert.ok(part.duration >= partTarget * shortest - ROUNDING, place)
    if (!last || complete) assert.ok(part.duration > 0, place)
  }
}

/** What may change from one answer to the next (6.2.1, 6.2.2). */
export function checkReload(before: StrictMedia, after: StrictMedia): void {
  assert.equal(after.targetDuration, before.targetDuration, 'TARGETDURATION MUST NOT change')
  assert.equal(after.partTarget, before.partTarget, 'PART-TARGET MUST NOT change')
  assert.deepEqual(after.serverControl, before.serverControl, 'SERVER-CONTROL stays')
  assert.equal(after.version, before.version, 'VERSION stays')
  const removed = after.mediaSequence - before.mediaSequence
  assert.ok(removed >= 0, 'the Media Sequence Number MUST NOT decrease')
  assert.ok(removed <= before.segments.length, 'segments left that were never complete')
  const gone = before.segments.slice(0, removed)
  const discontinuities = gone.filter(({ discontinuity }) => discontinuity).length
  assert.equal(
    after.discontinuitySequence,
    before.discontinuitySequence + discontinuities,
    'the Discontinuity Sequence Number counts the tags that left',
  )
  if (removed > 0) {
    const rest = after.segments.reduce((sum, { duration }) => sum + duration, 0)
    assert.ok(rest >= 3 * after.targetDuration, `only ${rest} s are left of a playlist that lost segments`)
  }
  for (const [i, segment] of before.segments.slice(removed).entries()) {
    const now = after.segments[i]
    assert.ok(now !== undefined, `segment ${segment.msn} disappeared from the end`)
    const { parts, ...rest } = segment
    const { parts: partsNow, ...restNow } = now
    assert.deepEqual(restNow, rest, `segment ${segment.msn} changed`)
    if (partsNow.length > 0) assert.deepEqual(partsNow, parts, `parts of segment ${segment.msn} changed`)
  }
  const opened = [...after.segments, after.open].find(({ msn }) => msn === before.open.msn)
  assert.ok(opened !== undefined, `segment ${before.open.msn} is gone`)
  const { parts, ...rest } = before.open
  if (parts.length > 0) {
    const { parts: partsNow } = opened
    assert.equal(opened.programDateTime, rest.programDateTime)
    assert.equal(opened.discontinuity, rest.discontinuity)
    assert.equal(opened.map, rest.map)
    // An ended playlist lists no parts, its segments hold all that was there.
    if (!after.ended) assert.deepEqual(partsNow.slice(0, parts.length), parts, `parts of ${before.open.msn} changed`)
  }
  if (before.ended) assert.deepEqual(after, before, 'nothing changes behind EXT-X-ENDLIST')
  assert.ok(compareEdges(edgeOf(after), edgeOf(before)) >= 0 || after.ended, 'the playlist went back')
  checkHint(before, after)
}

/**
 * What may change when the server starts again and its encoder is not back yet: nothing that was complete; what was open when
 * it was killed is a gap now, and so may the numbers behind it be. A kill in the very moment in which a segment ended may take
 * that one too.
 */
export function checkRestart(before: StrictMedia, after: StrictMedia, how: 'killed' | 'stopped'): void {
  assert.equal(after.targetDuration, before.targetDuration, 'TARGETDURATION MUST NOT change')
  assert.equal(after.partTarget, before.partTarget, 'PART-TARGET MUST NOT change')
  assert.deepEqual(after.serverControl, before.serverControl, 'SERVER-CONTROL stays')
  assert.ok(after.mediaSequence >= before.mediaSequence, 'the Media Sequence Number MUST NOT decrease')
  const gone = before.segments.filter(({ msn }) => msn < after.mediaSequence)
  const discontinuities = gone.filter(({ discontinuity }) => discontinuity).length
  assert.equal(after.discontinuitySequence, before.discontinuitySequence + discontinuities)
  for (const segment of before.segments.slice(gone.length)) {
    const now = after.segments.find(({ msn }) => msn === segment.msn)
    const { parts: _, ...rest } = segment
    const { parts: __, ...restNow } = now ?? assert.fail(`segment ${segment.msn} is gone`)
    if (how === 'killed' && segment === before.segments.at(-1) && restNow.gap) continue
    assert.deepEqual(restNow, rest, `segment ${segment.msn} changed`)
  }
  assert.ok(after.open.msn > before.open.msn || before.open.parts.length === 0, 'the open number is used up')
  assert.equal(after.open.parts.length, 0)
  const last = after.segments.at(-1)
  if (how === 'killed') assert.equal(last?.gap, true)
  else assert.equal(last?.gap, false, 'a stop in good order loses nothing')
}

/** What was hinted at is what came, or nothing came. */
function checkHint(before: StrictMedia, after: StrictMedia): void {
  if (before.preloadHint === undefined || after.ended) return
  const listed = [...after.segments, after.open].flatMap(({ parts }) => parts.map(({ uri }) => uri))
  const edge = edgeOf(before)
  const newest = [...before.segments, before.open].find(({ msn }) => msn === edge.msn)?.parts.at(edge.part ?? -1)
  const at = newest === undefined ? -1 : listed.indexOf(newest.uri)
  const following = at < 0 ? undefined : listed[at + 1]
  if (following !== undefined) assert.equal(following, before.preloadHint, 'another part came than was hinted at')
}

/** A client's playlist after a delta update (6.3.7). */
export function applyDelta(known: StrictMedia, delta: StrictMedia): StrictMedia {
  const from = delta.mediaSequence - known.mediaSequence
  assert.ok(from >= 0)
  const skipped = known.segments.slice(from, from + delta.skippedSegments)
  assert.equal(skipped.length, delta.skippedSegments, 'a delta skips segments that the client never saw')
  return { ...delta, skippedSegments: 0, segments: [...skipped, ...delta.segments] }
}

/** Skipped segments lie before the Skip Boundary (4.4.3.8). */
export function checkDelta(full: StrictMedia, delta: StrictMedia): void {
  const boundary = full.serverControl?.canSkipUntil ?? 0
  let behind = full.open.parts.reduce((sum, { duration }) => sum + duration, 0)
  for (const segment of full.segments.slice(delta.skippedSegments)) behind += segment.duration
  assert.ok(behind >= boundary - ROUNDING * 100, `a delta goes back ${behind} s, the boundary is at ${boundary}`)
}

/** Only complete segments' parts are far from the end; they may go, the others must say all. */
export function withoutOldParts(playlist: StrictMedia): StrictMedia {
  return { ...playlist, segments: playlist.segments.map((segment) => ({ ...segment, parts: [] })) }
}

/** What 4.4.6 asks of a multivariant playlist. */
export function checkMultivariant({ variants, media, version }: StrictMultivariant): void {
  assert.ok(version >= 1 && variants.length > 0, 'at least one variant')
  const groups = new Map<string, Set<string>>()
  for (const rendition of media) {
    assert.equal(rendition.get('TYPE'), 'AUDIO')
    const names = groups.get(rendition.get('GROUP-ID') ?? '') ?? new Set()
    assert.ok(!names.has(rendition.get('NAME') ?? ''), 'NAMEs in a group differ')
    groups.set(rendition.get('GROUP-ID') ?? '', names.add(rendition.get('NAME') ?? ''))
  }
  for (const { attributes } of variants) {
    const audio = attributes.get('AUDIO')
    if (audio !== undefined) assert.ok(groups.has(audio), `no group ${audio}`)
    assert.ok(attributes.has('CODECS'), 'every variant SHOULD have CODECS')
    const average = Number(attributes.get('AVERAGE-BANDWIDTH') ?? 0)
    assert.ok(Number(attributes.get('BANDWIDTH')) >= average, 'BANDWIDTH is the peak')
    const hasVideo = /avc1|hvc1|av01|vp09/.test(attributes.get('CODECS') ?? '')
    assert.equal(attributes.has('RESOLUTION'), hasVideo, 'RESOLUTION with video')
    assert.equal(attributes.has('FRAME-RATE'), hasVideo, 'FRAME-RATE with video')
  }
}
