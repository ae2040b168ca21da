import type { AdaptationSet, Mpd, Period, Representation, SegmentTemplate, TimelineSegment } from './mpd.ts'

type Attributes = Readonly<Record<string, string | number | undefined>>

const LIVE_PROFILE = 'urn:mpeg:dash:profile:isoff-live:2011'
const LOW_LATENCY_PROFILE = 'http://www.dashif.org/guidelines/low-latency-live-v5'

/** The text of an MPD. Elements and attributes stand in the order of the schema (ISO/IEC 23009-1 Annex B). */
export function renderMpd(mpd: Mpd): string {
  const dynamic = mpd.type === 'dynamic'
  const lowLatency = mpd.periods.some(({ adaptationSets }) => adaptationSets.some(isNumbered))
  const attributes = {
    xmlns: 'urn:mpeg:dash:schema:mpd:2011',
    profiles: lowLatency ? `${LIVE_PROFILE},${LOW_LATENCY_PROFILE}` : LIVE_PROFILE,
    type: mpd.type,
    availabilityStartTime: dateTime(mpd.availabilityStartTime),
    publishTime: dateTime(mpd.publishTime),
    mediaPresentationDuration: duration(mpd.mediaPresentationDuration),
    minimumUpdatePeriod: dynamic ? duration(mpd.minimumUpdatePeriod) : undefined,
    minBufferTime: duration(mpd.minBufferTime),
    timeShiftBufferDepth: dynamic ? duration(mpd.timeShiftBufferDepth) : undefined,
    suggestedPresentationDelay: dynamic ? duration(mpd.suggestedPresentationDelay) : undefined,
    maxSegmentDuration: duration(mpd.maxSegmentDuration),
  }
  const content = [
    ...(dynamic ? serviceDescription(mpd) : []),
    ...mpd.periods.map(period),
    ...(dynamic
      ? [element('UTCTiming', { schemeIdUri: 'urn:mpeg:dash:utc:http-iso:2014', value: mpd.utcTiming })]
      : []),
  ]
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('MPD', attributes, content)}`
}

function serviceDescription({ latency }: Mpd): string[] {
  if (latency === undefined) return []
  const { target, min, max, slowest, fastest } = latency
  return [
    element('ServiceDescription', { id: 0 }, [
      element('Latency', { target, min, max }),
      element('PlaybackRate', { min: slowest, max: fastest }),
    ]),
  ]
}

function period({ id, start, duration: length, adaptationSets }: Period): string {
  return element(
    'Period',
    { id, start: duration(start), duration: duration(length) },
    adaptationSets.map(adaptationSet),
  )
}

const isNumbered = ({ representations }: AdaptationSet): boolean =>
  representations.some(({ template }) => template.addressing.kind === 'number')

function adaptationSet(set: AdaptationSet): string {
  const attributes = {
    id: set.id,
    contentType: set.contentType,
    mimeType: `${set.contentType}/mp4`,
    segmentAlignment: 'true',
    startWithSAP: set.startWithSap ? 1 : undefined,
  }
  const continuity =
    set.continues === undefined
      ? []
      : [
          element('SupplementalProperty', {
            schemeIdUri: 'urn:mpeg:dash:period-continuity:2015',
            value: set.continues,
          }),
        ]
  const [only, ...others] = set.representations
  const shared = only !== undefined && others.length === 0 ? [segmentTemplate(only.template)] : []
  return element('AdaptationSet', attributes, [
    ...continuity,
    element('Role', { schemeIdUri: 'urn:mpeg:dash:role:2011', value: 'main' }),
    ...shared,
    ...set.representations.map((each) => representation(each, others.length > 0)),
  ])
}

/** @param withTemplate its segments are not those of the AdaptationSet */
function representation(
  { id, codecs, bandwidth, picture, sound, template }: Representation,
  withTemplate: boolean,
): string {
  const attributes = {
    ...{ id, codecs, bandwidth },
    width: picture?.width,
    height: picture?.height,
    frameRate: picture?.frameRate,
    audioSamplingRate: sound?.samplingRate,
  }
  const channels = sound && [
    element('AudioChannelConfiguration', {
      schemeIdUri: 'urn:mpeg:dash:23003:3:audio_channel_configuration:2011',
      value: sound.channels,
    }),
  ]
  return element('Representation', attributes, [
    ...(channels ?? []),
    ...(withTemplate ? [segmentTemplate(template)] : []),
  ])
}

function segmentTemplate(template: SegmentTemplate): string {
  const { addressing } = template
  const low = addressing.kind === 'number'
  const attributes = {
    timescale: template.timescale,
    presentationTimeOffset: template.presentationTimeOffset,
    duration: low ? addressing.duration : undefined,
    startNumber: template.startNumber,
    availabilityTimeOffset: low ? decimal(addressing.availabilityTimeOffset) : undefined,
    availabilityTimeComplete: low ? 'false' : undefined,
    initialization: template.initialization,
    media: template.media,
  }
  return element('SegmentTemplate', attributes, low ? [] : [segmentTimeline(addressing.segments)])
}

/** `S@r` counts the repetitions; `S@t` stands where a segment does not begin at the end of the one before. */
function segmentTimeline(segments: readonly TimelineSegment[]): string {
  const runs: { time: number | undefined; duration: number; repeated: number }[] = []
  let end: number | undefined
  for (const { time, duration: length } of segments) {
    const last = runs.at(-1)
    if (last !== undefined && time === end && last.duration === length) last.repeated++
    else runs.push({ time: time === end ? undefined : time, duration: length, repeated: 0 })
    end = time + length
  }
  return element(
    'SegmentTimeline',
    {},
    runs.map(({ time, duration: d, repeated }) =>
      element('S', { t: time, d, r: repeated === 0 ? undefined : repeated }),
    ),
  )
}

/** An element on lines of its own, its content two blanks deeper. */
function element(name: string, attributes: Attributes, content: readonly string[] = []): string {
  let head = `<${name}`
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) head += ` ${key}="${escaped(value)}"`
  if (content.length === 0) return `${head}/>\n`
  return `${head}>\n${content.map((each) => each.replace(/^(?=.)/gm, '  ')).join('')}</${name}>\n`
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (value: string | number): string => String(value).replace(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign)

/** `xs:duration`, to the microsecond. */
function duration(seconds: number): string
function duration(seconds: number | undefined): string | undefined
function duration(seconds: number | undefined): string | undefined {
  return seconds === undefined ? undefined : `PT${decimal(seconds)}S`
}
const dateTime = (ms: number): string => new Date(ms).toISOString()

/** Six decimals without a tail of zeros, never in the exponential notation that XML Schema forbids here. */
function decimal(seconds: number): string {
  return seconds.toFixed(6).replace(/\.?0+$/, '')
}
