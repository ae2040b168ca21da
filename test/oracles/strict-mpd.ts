import assert from 'node:assert/strict'

/** An MPD read by rules of its own, none of them the writer's. Durations stay as they are written. */
export type StrictMpd = {
  readonly type: 'static' | 'dynamic'
  readonly availabilityStartTime: string
  readonly publishTime: string
  readonly attributes: ReadonlyMap<string, string>
  readonly periods: readonly StrictPeriod[]
  readonly utcTiming: string | undefined
}
export type StrictPeriod = {
  readonly id: string
  readonly start: string
  readonly duration: string | undefined
  readonly sets: readonly StrictSet[]
}
export type StrictSet = {
  readonly contentType: string
  /** The first of `representations`. */
  readonly representation: string
  readonly codecs: string
  readonly template: StrictTemplate
  readonly representations: readonly StrictRepresentation[]
}
export type StrictRepresentation = {
  readonly id: string
  readonly codecs: string
  readonly attributes: ReadonlyMap<string, string>
  readonly template: StrictTemplate
}
type Common = {
  readonly timescale: number
  readonly presentationTimeOffset: number
  readonly startNumber: number
  readonly initialization: string
  readonly media: string
}
export type StrictSegment = { readonly number: number; readonly time: number; readonly duration: number }
export type StrictTemplate =
  | (Common & { readonly kind: 'timeline'; readonly segments: readonly StrictSegment[] })
  | (Common & { readonly kind: 'number'; readonly duration: number; readonly availabilityTimeOffset: number })

type Element = { readonly name: string; readonly attributes: Map<string, string>; readonly children: Element[] }

/** Attributes an element may have; those with `!` it must have (ISO/IEC 23009-1, what we use of it). */
const SCHEMA: Readonly<Record<string, { readonly attributes: string; readonly children: string }>> = {
  MPD: {
    attributes:
      'xmlns! profiles! type! availabilityStartTime! publishTime! mediaPresentationDuration minimumUpdatePeriod minBufferTime! timeShiftBufferDepth suggestedPresentationDelay maxSegmentDuration',
    children: 'ServiceDescription Period UTCTiming',
  },
  ServiceDescription: { attributes: 'id!', children: 'Latency PlaybackRate' },
  Latency: { attributes: 'target! min max', children: '' },
  PlaybackRate: { attributes: 'min max', children: '' },
  Period: { attributes: 'id! start! duration', children: 'AdaptationSet' },
  AdaptationSet: {
    attributes: 'id! contentType! mimeType! segmentAlignment! startWithSAP',
    children: 'SupplementalProperty Role SegmentTemplate Representation',
  },
  SupplementalProperty: { attributes: 'schemeIdUri! value', children: '' },
  Role: { attributes: 'schemeIdUri! value', children: '' },
  SegmentTemplate: {
    attributes:
      'timescale! presentationTimeOffset! duration startNumber! availabilityTimeOffset availabilityTimeComplete initialization! media!',
    children: 'SegmentTimeline',
  },
  SegmentTimeline: { attributes: '', children: 'S' },
  S: { attributes: 't d! r', children: '' },
  Representation: {
    attributes: 'id! codecs! bandwidth! width height frameRate audioSamplingRate',
    children: 'AudioChannelConfiguration SegmentTemplate',
  },
  AudioChannelConfiguration: { attributes: 'schemeIdUri! value!', children: '' },
  UTCTiming: { attributes: 'schemeIdUri! value!', children: '' },
}

/** @throws AssertionError with what is wrong with it */
export function parseMpd(text: string): StrictMpd {
  const root = parseXml(text)
  assert.equal(root.name, 'MPD')
  check(root)
  const attribute = (name: string): string => root.attributes.get(name) ?? ''
  const type = attribute('type')
  assert.ok(type === 'static' || type === 'dynamic', type)
  assert.equal(type === 'dynamic', root.attributes.has('minimumUpdatePeriod'), 'only a dynamic MPD is updated')
  assert.equal(type === 'static', root.attributes.has('mediaPresentationDuration'), 'only what is over has a length')
  assert.match(attribute('availabilityStartTime'), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
  const periods = root.children.filter(({ name }) => name === 'Period').map(periodOf)
  assert.ok(periods.length > 0, 'a Period')
  assert.equal(new Set(periods.map(({ id }) => id)).size, periods.length, 'Period ids are unique')
  for (const [index, { start }] of periods.entries()) {
    const before = periods[index - 1]
    if (before === undefined) continue
    const end = secondsOf(before.start) + secondsOf(before.duration ?? 'PT0.001S')
    assert.ok(secondsOf(start) >= end, 'Periods follow each other')
  }
  const utc = root.children.find(({ name }) => name === 'UTCTiming')
  return {
    type,
    availabilityStartTime: attribute('availabilityStartTime'),
    publishTime: attribute('publishTime'),
    attributes: root.attributes,
    periods,
    utcTiming: utc?.attributes.get('value'),
  }
}

/** Seconds of an `xs:duration` without years and months. */
export function secondsOf(duration: string): number {
  const match = /^PT(?:(\d+)H)?(?:(\d+)M)?(\d+(?:\.\d+)?)S$/.exec(duration)
  assert.ok(match !== null, `${duration} is no duration`)
  return Number(match[1] ?? 0) * 3600 + Number(match[2] ?? 0) * 60 + Number(match[3])
}

function periodOf({ attributes, children }: Element): StrictPeriod {
  const sets = children.map(setOf)
  assert.ok(sets.length > 0, 'a Period without media')
  // Of each kind one for each codec.
  assert.equal(new Set(sets.map(({ contentType, codecs }) => `${contentType} ${codecs.slice(0, 4)}`)).size, sets.length)
  return {
    id: attributes.get('id') ?? '',
    start: attributes.get('start') ?? '',
    duration: attributes.get('duration'),
    sets,
  }
}

function setOf({ attributes, children }: Element): StrictSet {
  const contentType = attributes.get('contentType') ?? ''
  assert.equal(attributes.get('mimeType'), `${contentType}/mp4`)
  const shared = children.find(({ name }) => name === 'SegmentTemplate')
  const representations = children
    .filter(({ name }) => name === 'Representation')
    .map(({ attributes: own, children: within }): StrictRepresentation => {
      const template = within.find(({ name }) => name === 'SegmentTemplate') ?? shared
      assert.ok(template !== undefined, 'a SegmentTemplate')
      assert.ok(Number(own.get('bandwidth')) > 0)
      assert.match(own.get('codecs') ?? '', contentType === 'video' ? /^avc1\.[0-9a-f]{6}$/ : /^(mp4a\.40\.\d+|opus)$/)
      return {
        id: own.get('id') ?? '',
        codecs: own.get('codecs') ?? '',
        attributes: own,
        template: templateOf(template),
      }
    })
  const [first] = representations
  assert.ok(first !== undefined, 'a Representation')
  assert.equal(new Set(representations.map(({ id }) => id)).size, representations.length, 'ids are unique')
  return { contentType, representation: first.id, codecs: first.codecs, template: first.template, representations }
}

function templateOf({ attributes, children }: Element): StrictTemplate {
  const number = (name: string): number => {
    const value = attributes.get(name) ?? ''
    assert.match(value, /^\d+$/, name)
    return Number(value)
  }
  const common = {
    timescale: number('timescale'),
    presentationTimeOffset: number('presentationTimeOffset'),
    startNumber: number('startNumber'),
    initialization: attributes.get('initialization') ?? '',
    media: attributes.get('media') ?? '',
  }
  assert.equal(common.media.split('$').length, 3, 'one identifier')
  assert.match(common.media, /\$Number\$/)
  const [timeline] = children
  assert.equal(timeline === undefined, attributes.has('duration'), 'either a duration or a timeline')
  if (timeline === undefined) {
    assert.equal(attributes.get('availabilityTimeComplete'), 'false')
    const offset = Number(attributes.get('availabilityTimeOffset'))
    const duration = number('duration')
    assert.ok(offset > 0 && offset < duration / common.timescale, 'availabilityTimeOffset')
    return { ...common, kind: 'number', duration, availabilityTimeOffset: offset }
  }
  assert.ok(!attributes.has('availabilityTimeOffset'), 'listed segments are complete')
  const segments: StrictSegment[] = []
  let time: number | undefined
  for (const { attributes: s } of timeline.children) {
    const t = s.get('t')
    assert.ok(t !== undefined || time !== undefined, 'the first S has its time')
    const at: number = t === undefined ? (time ?? 0) : Number(t)
    // "the value of @t … shall be equal to or greater than … the sum of the contiguous Segment durations" (5.3.9.6.1)
    if (time !== undefined) assert.ok(at >= time, `S@t ${at} lies before ${time}`)
    time = at
    const d = Number(s.get('d'))
    assert.ok(Number.isSafeInteger(time) && Number.isSafeInteger(d) && d > 0)
    for (let i = 0; i <= Number(s.get('r') ?? 0); i++) {
      segments.push({ number: common.startNumber + segments.length, time, duration: d })
      time += d
    }
  }
  assert.ok(segments.length > 0, 'a timeline without segments')
  return { ...common, kind: 'timeline', segments }
}

function check(element: Element): void {
  const rule = SCHEMA[element.name]
  assert.ok(rule !== undefined, `<${element.name}>`)
  const attributes = rule.attributes.split(' ').filter((name) => name !== '')
  const known = attributes.map((name) => name.replace('!', ''))
  for (const name of element.attributes.keys()) assert.ok(known.includes(name), `${element.name}@${name}`)
  for (const name of attributes.filter((each) => each.endsWith('!'))) {
    assert.ok(element.attributes.has(name.slice(0, -1)), `${element.name} without @${name.slice(0, -1)}`)
  }
  const order = rule.children.split(' ')
  let at = 0
  for (const child of element.children) {
    const index = order.indexOf(child.name)
    assert.ok(index >= at, `<${child.name}> in <${element.name}>`)
    at = index
    check(child)
  }
}

/** The little of XML that an MPD needs: elements, attributes in double quotes, no text. */
function parseXml(text: string): Element {
  const head = '<?xml version="1.0" encoding="UTF-8"?>\n'
  assert.ok(text.startsWith(head), 'the XML declaration')
  const root: Element = { name: '', attributes: new Map(), children: [] }
  const open: Element[] = [root]
  const pattern = /\s*<(\/?)([A-Za-z]+)((?:\s+[A-Za-z:]+="[^"<]*")*)\s*(\/?)>\s*/y
  pattern.lastIndex = head.length
  while (pattern.lastIndex < text.length) {
    const from = pattern.lastIndex
    const [, closes, name = '', list = '', alone] =
      pattern.exec(text) ?? assert.fail(`no XML: ${text.slice(from, from + 80)}`)
    if (closes === '/') {
      assert.equal(open.pop()?.name, name, 'elements nest')
      continue
    }
    const attributes = new Map<string, string>()
    for (const [, key = '', value = ''] of list.matchAll(/([A-Za-z:]+)="([^"]*)"/g)) {
      assert.ok(!attributes.has(key), `${key} twice`)
      attributes.set(key, value)
    }
    const element: Element = { name, attributes, children: [] }
    open.at(-1)?.children.push(element)
    if (alone !== '/') open.push(element)
  }
  assert.equal(open.length, 1, 'all is closed')
  assert.equal(root.children.length, 1, 'one root')
  return root.children[0] ?? root
}
