import { keep, recall } from './kept.ts'

const setting = 'sound'

/** The viewer's own setting of the sound, kept on the device. */
export function recallVolume(): number {
  const value = Number(recall(setting) ?? Number.NaN)
  return value >= 0 && value <= 1 ? value : 1
}

export function keepVolume(volume: number): void {
  keep(setting, volume.toFixed(2))
}
