/** Of one decoded frame. Levels in dBFS, -Infinity: digital silence. */
export type FrameLevel = { readonly seconds: number; readonly peakDb: number; readonly meanDb: number }

const LINE =
  /^\[ametadata@(\d+) @ [^\]]*\] (?:frame:\d+ +pts:\S+ +pts_time:(\S+)|lavfi\.astats\.Overall\.(Peak|RMS)_level=(\S+))/gm

/** Reads what FFmpeg's filters `astats` and `ametadata@NUMBER` say of each frame, by that number. */
export function readLevels(output: string): Map<number, FrameLevel[]> {
  const levels = new Map<number, FrameLevel[]>()
  const open = new Map<number, { seconds: number; peakDb: number }>()
  for (const [, number, time, kind, text = ''] of output.matchAll(LINE)) {
    const index = Number(number)
    if (time !== undefined) open.set(index, { seconds: Number(time), peakDb: Number.NEGATIVE_INFINITY })
    const frame = open.get(index)
    if (frame === undefined || kind === undefined) continue
    const level = text === '-inf' ? Number.NEGATIVE_INFINITY : Number(text)
    if (kind === 'Peak') frame.peakDb = level
    else {
      open.delete(index)
      const { seconds, peakDb } = frame
      if ([seconds, peakDb, level].some(Number.isNaN)) continue
      const frames = levels.get(index)
      if (frames === undefined) levels.set(index, [{ seconds, peakDb, meanDb: level }])
      else frames.push({ seconds, peakDb, meanDb: level })
    }
  }
  return levels
}
