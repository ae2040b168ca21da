import { keep, recall } from './kept.ts'
import { type Connection, expectedRate } from './start-rate.ts'

/** Bits a second that are expected of this device's connection. */
export function recallRate(): number {
  const { connection } = navigator as { connection?: Connection }
  const isPhone = matchMedia('(pointer: coarse) and (hover: none)').matches
  return expectedRate({ connection, isPhone, remembered: recall('rate'), nowMs: Date.now() })
}

/** What the connection carried, for the next visit. */
export function keepRate(bitsPerSecond: number): void {
  keep('rate', `${Math.round(bitsPerSecond)} ${Date.now()}`)
}
