import { randomUUID } from 'node:crypto'
import { InvalidFieldError } from '../../base/invalid-field-error.ts'
import { plainLine, plainLines } from '../plain-line.ts'

const MAX_TITLE_LENGTH = 120
const MAX_DESCRIPTION_LENGTH = 2000
const MAX_TAGS = 10
const MAX_TAG_LENGTH = 30
const MAX_MINUTES = 24 * 60
/** Nobody plans further; a year with a digit too many is a mistake. */
const MAX_AHEAD_MS = 5 * 366 * 24 * 3600 * 1000
const ACCENT = /^#[0-9a-f]{6}$/

/** An announced broadcast, as calendars know it. */
export type PlannedBroadcast = {
  /** Stays while it is the same event, whatever is changed of it: calendars move it instead of adding another. */
  readonly id: string
  /** How often it was changed. */
  readonly revision: number
  readonly changedAtMs: number
  readonly atMs: number
  readonly title: string
  readonly minutes: number
}

/** A picture of the channel that is kept. */
export type KeptPicture = {
  /** Its name below the channel's pictures; another for every content. */
  readonly file: string
  /** Pixels. */
  readonly width: number
  readonly height: number
}

/** What a picture is for. */
export const PICTURE_USES = ['poster', 'logo'] as const
export type PictureUse = (typeof PICTURE_USES)[number]

/** What is told of a channel to people. */
export type ChannelDetails = {
  readonly title: string
  /** Plain text of several lines; empty: none. */
  readonly description: string
  /** BCP 47 in its canonical form; null: not told. */
  readonly language: string | null
  readonly tags: readonly string[]
  /** `#rrggbb` in small letters. */
  readonly accent: string | null
  /** It may be over: see `isOver`. */
  readonly next: PlannedBroadcast | null
} & { readonly [Use in PictureUse]: KeptPicture | null }

export type NextBroadcastInput = {
  /** ISO 8601 with an offset. */
  readonly at: string
  readonly title: string
  readonly minutes: number
}

/** What is left out stays. */
export type ChannelDetailsInput = {
  readonly title?: string | undefined
  readonly description?: string | undefined
  readonly language?: string | null | undefined
  readonly tags?: readonly string[] | undefined
  readonly accent?: string | null | undefined
  readonly nextBroadcast?: NextBroadcastInput | null | undefined
}

/** Of a channel that says nothing of itself. */
export const NO_DETAILS: Omit<ChannelDetails, 'title'> = {
  ...{ description: '', language: null, tags: [], accent: null, next: null, poster: null, logo: null },
}

/** The fields that differ from `before`, checked and cleaned. @throws InvalidFieldError */
export function detailsChange(
  before: ChannelDetails,
  input: ChannelDetailsInput,
  nowMs = Date.now(),
): Partial<ChannelDetails> {
  const { title, description, language, tags, accent, nextBroadcast } = input
  const wanted: Partial<ChannelDetails> = {
    ...(title !== undefined && { title: titleOf('title', title) }),
    ...(description !== undefined && { description: descriptionOf(description) }),
    ...(language !== undefined && { language: language === null ? null : languageOf(language) }),
    ...(tags !== undefined && { tags: tagsOf(tags) }),
    ...(accent !== undefined && { accent: accent === null ? null : accentOf(accent) }),
    ...(nextBroadcast !== undefined && { next: nextOf(before.next, nextBroadcast, nowMs) }),
  }
  const same = (name: keyof ChannelDetails): boolean => JSON.stringify(wanted[name]) === JSON.stringify(before[name])
  const changed = Object.entries(wanted).filter(([name]) => !same(name as keyof ChannelDetails))
  return Object.fromEntries(changed)
}

/** Nobody needs to be told of it any more. */
export function isOver({ atMs, minutes }: PlannedBroadcast, nowMs: number): boolean {
  return nowMs >= atMs + minutes * 60_000
}

/** Encoders are started a while before what was announced. */
const EARLY_MS = 3600_000

/** What a broadcast that begins now is called: as it was announced, or as the channel. */
export function broadcastTitle({ title, next }: Pick<ChannelDetails, 'title' | 'next'>, startedAtMs: number): string {
  const announced = next !== null && startedAtMs >= next.atMs - EARLY_MS && !isOver(next, startedAtMs)
  return announced ? next.title : title
}

function titleOf(path: string, input: string): string {
  return plainLine({ path, what: 'a title' }, input, MAX_TITLE_LENGTH)
}

function descriptionOf(input: string): string {
  return plainLines({ path: 'description', what: 'a description' }, input, MAX_DESCRIPTION_LENGTH)
}

/** In the form that everybody compares by. RFC 5646, section 2.1.1. */
function languageOf(input: string): string {
  try {
    const [canonical] = Intl.getCanonicalLocales(input)
    if (canonical !== undefined && canonical.length <= 35) return canonical
  } catch {
    // Not well formed: told below.
  }
  throw new InvalidFieldError('language', 'a language is written as in BCP 47: de, en-GB, pt-BR')
}

function tagsOf(input: readonly string[]): readonly string[] {
  if (input.length > MAX_TAGS) throw new InvalidFieldError('tags', `a channel has at most ${MAX_TAGS} tags`)
  const tags = new Map<string, string>()
  for (const [index, tag] of input.entries()) {
    const line = plainLine({ path: `tags.${index}`, what: 'a tag' }, tag, MAX_TAG_LENGTH)
    // The first spelling of a word stays.
    if (!tags.has(line.toLowerCase())) tags.set(line.toLowerCase(), line)
  }
  return [...tags.values()]
}

function accentOf(input: string): string {
  const accent = input.toLowerCase()
  if (!ACCENT.test(accent)) throw new InvalidFieldError('accent', 'a colour is written as #0b6670')
  return accent
}

function nextOf(
  before: PlannedBroadcast | null,
  input: NextBroadcastInput | null,
  nowMs: number,
): PlannedBroadcast | null {
  if (input === null) return null
  const atMs = Date.parse(input.at)
  const title = titleOf('nextBroadcast.title', input.title)
  const { minutes } = input
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > MAX_MINUTES) {
    throw new InvalidFieldError('nextBroadcast.minutes', `a broadcast is planned for 1 to ${MAX_MINUTES} minutes`)
  }
  if (Number.isNaN(atMs) || atMs > nowMs + MAX_AHEAD_MS) {
    throw new InvalidFieldError('nextBroadcast.at', 'the time is an ISO 8601 time within the next five years')
  }
  if (nowMs >= atMs + minutes * 60_000) {
    throw new InvalidFieldError('nextBroadcast.at', 'the next broadcast can’t be over already: choose a time to come')
  }
  const goesOn = before !== null && !isOver(before, nowMs)
  if (!goesOn) return { id: randomUUID(), revision: 0, changedAtMs: nowMs, atMs, title, minutes }
  if (before.atMs === atMs && before.title === title && before.minutes === minutes) return before
  return { id: before.id, revision: before.revision + 1, changedAtMs: nowMs, atMs, title, minutes }
}
