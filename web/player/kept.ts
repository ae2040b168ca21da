/** A choice that is kept on this device; null: none was made. */
export function recall(setting: string): string | null {
  try {
    return localStorage.getItem(setting)
  } catch {
    return null
  }
}

export function keep(setting: string, value: string): void {
  try {
    localStorage.setItem(setting, value)
  } catch {
    // A private window keeps nothing; the choice holds for this visit.
  }
}
