const key = 'sound'

/** The viewer's own setting of the sound, kept on the device. */
export function recallVolume(): number {
  try {
    const value = Number(localStorage.getItem(key) ?? Number.NaN)
    return value >= 0 && value <= 1 ? value : 1
  } catch {
    return 1
  }
}

export function keepVolume(volume: number): void {
  try {
    localStorage.setItem(key, volume.toFixed(2))
  } catch {
    // A private window keeps nothing; the sound works all the same.
  }
}
