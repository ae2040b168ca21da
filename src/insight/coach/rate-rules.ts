import { type CoachView, figure, kilobits, type Rule } from './rule.ts'

const WINDOW_SECONDS = 20
/** Against this past the lateness of what comes now is measured: clocks of two machines drift apart slowly. */
const PAST_SECONDS = 60

const uplinkTooSlow: Rule = {
  kind: 'uplink-too-slow',
  afterSeconds: 3,
  goneSeconds: 15,
  judge(view, active) {
    if (view.connectedSeconds < 5) return 'unknown'
    if (!isHeldUp(view, active)) return 'fine'
    const arrives = average(view.recent('videoBitrate', WINDOW_SECONDS))
    const made = average(view.perMediaSecond('videoBitrate', WINDOW_SECONDS, 5))
    const set = Math.max(view.encoder.declaredVideoBitrate ?? 0, made)
    const carried = Math.min(0.8 * arrives, 0.75 * set)
    return { severity: 'trouble', found: kilobits(set), wanted: kilobits(Math.max(300_000, hundreds(carried))) }
  },
}

const framesDropped: Rule = {
  kind: 'frames-dropped',
  afterSeconds: 5,
  goneSeconds: 10,
  judge(view, active) {
    if (view.connectedSeconds < 5) return 'unknown'
    const { share, seconds } = dropped(view)
    // By a slow network: another advice.
    if (isHeldUp(view, false) || share < (active ? 0.005 : 0.02) || (!active && seconds < 4)) return 'fine'
    return { severity: share > 0.1 ? 'trouble' : 'look', found: figure(share * 100), wanted: '0' }
  },
}

const bitrateSwings: Rule = {
  kind: 'bitrate-swings',
  afterSeconds: 10,
  goneSeconds: 10,
  judge(view, active) {
    const blocks = view.perMediaSecond('videoBitrate', PAST_SECONDS, 5)
    if (blocks.length < 6) return 'unknown'
    const peak = Math.max(...blocks)
    const usual = average(blocks)
    // Small pictures may swing as they like: nobody's network notices.
    if (peak < 1_500_000 || peak / usual < (active ? 1.6 : 2)) return 'fine'
    return { severity: 'look', found: kilobits(peak), wanted: kilobits(hundreds(usual)) }
  },
}

const bitrateTooHigh: Rule = {
  kind: 'bitrate-too-high',
  afterSeconds: 10,
  goneSeconds: 10,
  judge(view, active) {
    const { video } = view.encoder
    const blocks = view.perMediaSecond('videoBitrate', PAST_SECONDS, 5)
    if (video === undefined || blocks.length < 4) return 'unknown'
    const enough = sufficientBitrate(video.width * video.height, video.framesPerSecond)
    const bitrate = average(blocks)
    if (bitrate < enough * (active ? 1.5 : 1.8)) return 'fine'
    return { severity: 'look', found: kilobits(bitrate), wanted: kilobits(enough) }
  },
}

const frameRateIrregular: Rule = {
  kind: 'frame-rate-irregular',
  afterSeconds: 10,
  goneSeconds: 15,
  judge(view, active) {
    const rates = view.perMediaSecond('framesPerSecond', PAST_SECONDS, 4)
    if (rates.length < 5) return 'unknown'
    const slowest = Math.min(...rates)
    const fastest = Math.max(...rates)
    if (fastest < 1 || (fastest - slowest) / fastest < (active ? 0.12 : 0.25)) return 'fine'
    return { severity: 'hint', found: `${Math.round(slowest)}–${Math.round(fastest)}`, wanted: usualRate(fastest) }
  },
}

const clockJumps: Rule = {
  kind: 'clock-jumps',
  afterSeconds: 1,
  goneSeconds: 5,
  judge(view, active) {
    const jumps = Math.round(view.sum('jumps', PAST_SECONDS))
    return jumps >= (active ? 1 : 2) ? { severity: 'look', found: String(jumps), wanted: '0' } : 'fine'
  },
}

const twoEncoders: Rule = {
  kind: 'two-encoders',
  afterSeconds: 1,
  goneSeconds: 5,
  judge(view) {
    const refused = Math.round(view.sum('refusedRivals', PAST_SECONDS))
    return refused > 0 ? { severity: 'trouble', found: String(refused), wanted: '0' } : 'fine'
  },
}

/**
 * Whether the network is what can't keep up, as far as can be told from this end: frames are left out while what comes is
 * late, as OBS does when its buffer is full; or what comes is later and later, as FFmpeg's is, which leaves nothing out.
 * An encoder that is too slow leaves frames out without being late.
 */
function isHeldUp(view: CoachView, active: boolean): boolean {
  const lateness = view.recent('behindMs', PAST_SECONDS)
  const least = Math.min(...lateness)
  const now = lateness[0] ?? 0
  if (now - least > (active ? 1000 : 2000) && now - (lateness[10] ?? now) > (active ? -100 : 300)) return true
  const latest = Math.max(...lateness.slice(0, WINDOW_SECONDS))
  return latest - least > (active ? 250 : 400) && dropped(view).share > (active ? 0.005 : 0.02)
}

/** Of the last seconds: the share of frames that are missing, and in how many of the seconds some were. */
function dropped(view: CoachView): { readonly share: number; readonly seconds: number } {
  const missing = view.sum('droppedFrames', WINDOW_SECONDS)
  const shown = view.sum('framesPerSecond', WINDOW_SECONDS)
  const seconds = view.recent('droppedFrames', WINDOW_SECONDS).filter((count) => count > 0).length
  return { share: missing === 0 ? 0 : missing / (missing + shown), seconds }
}

/** Bits a second at which H.264 of this size looks well to most; more makes phones stall. */
function sufficientBitrate(pixels: number, framesPerSecond: number): number {
  const [, bits] = SUFFICIENT.find(([upTo]) => pixels <= upTo) ?? [0, 16_000_000]
  return framesPerSecond > 40 ? bits * 1.5 : bits
}

const SUFFICIENT: readonly (readonly [pixels: number, bits: number])[] = [
  [640 * 360, 1_000_000],
  [854 * 480, 1_500_000],
  [1280 * 720, 3_000_000],
  [1920 * 1080, 5_000_000],
  [2560 * 1440, 10_000_000],
]

const RATES = [24, 25, 30, 50, 60]

function usualRate(measured: number): string {
  return String(RATES.toSorted((a, b) => Math.abs(a - measured) - Math.abs(b - measured))[0])
}

const hundreds = (bits: number): number => Math.round(bits / 100_000) * 100_000

function average(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}

export const RATE_RULES: readonly Rule[] = [
  twoEncoders,
  uplinkTooSlow,
  framesDropped,
  bitrateSwings,
  bitrateTooHigh,
  frameRateIrregular,
  clockJumps,
]
