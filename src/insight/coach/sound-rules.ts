import { type CoachView, figure, type Rule } from './rule.ts'

/** Decibels below full scale. */
const SILENT_DB = -60
const CLIPPED_DB = -0.1
const QUIET_DB = -38
const NO_LONGER_QUIET_DB = -32
/** Fine sound is measured once a minute, with a hundred broadcasts every 80 s, other three times a minute; a judgement takes several, the newest. */
const MEASURED_SECONDS = 240
const MEASURES = 3
const MOST_MEASURES = 6

/** Nothing would be said of sound that always is so. */
export const isFineSound = (peakDb: number, meanDb: number): boolean =>
  peakDb > SILENT_DB && peakDb < CLIPPED_DB && meanDb > NO_LONGER_QUIET_DB

const noSound: Rule = {
  kind: 'no-sound',
  afterSeconds: 5,
  goneSeconds: 1,
  judge(view) {
    const wrong = { severity: 'look', wanted: 'sound' } as const
    if (view.encoder.audio === undefined) {
      return view.connectedSeconds < 5 ? 'unknown' : { ...wrong, found: 'none' }
    }
    if (view.connectedSeconds >= 10 && view.sum('audioBitrate', 10) === 0) return { ...wrong, found: 'none' }
    const peaks = view.recent('audioPeakDb', MEASURED_SECONDS)
    if (peaks.length === 0) return 'unknown'
    // One loud second is enough to know that something is plugged in.
    if ((peaks[0] ?? 0) > SILENT_DB) return 'fine'
    return peaks.length >= 2 && Math.max(...peaks.slice(0, 2)) <= SILENT_DB ? { ...wrong, found: 'silent' } : 'unknown'
  },
}

const soundClipped: Rule = {
  kind: 'sound-clipped',
  afterSeconds: 1,
  goneSeconds: 10,
  judge(view, active) {
    const peaks = measured(view, 'audioPeakDb')
    if (peaks === undefined) return 'unknown'
    const clipped = peaks.filter((peak) => peak >= CLIPPED_DB).length
    if (clipped === 0 || clipped / peaks.length < (active ? 0.25 : 0.5)) return 'fine'
    return { severity: 'look', found: figure(Math.min(0, Math.max(...peaks))), wanted: '-6' }
  },
}

const soundQuiet: Rule = {
  kind: 'sound-quiet',
  afterSeconds: 1,
  goneSeconds: 5,
  judge(view, active) {
    const means = measured(view, 'audioMeanDb')
    const peaks = measured(view, 'audioPeakDb')
    if (means === undefined || peaks === undefined) return 'unknown'
    const loudest = Math.max(...means)
    // Silence is another advice.
    if (Math.max(...peaks) <= SILENT_DB || loudest > (active ? NO_LONGER_QUIET_DB : QUIET_DB)) return 'fine'
    return { severity: 'look', found: figure(loudest), wanted: '-20' }
  },
}

/** The newest measures, if there are enough of them. */
function measured(view: CoachView, column: 'audioPeakDb' | 'audioMeanDb'): number[] | undefined {
  const values = view.recent(column, MEASURED_SECONDS)
  return values.length < MEASURES ? undefined : values.slice(0, MOST_MEASURES)
}

export const SOUND_RULES: readonly Rule[] = [noSound, soundClipped, soundQuiet]
