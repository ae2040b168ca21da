import { keep, recall } from '../player/kept.ts'

/** What a key asks of the player. Seconds and per cent in the argument. */
export type Wish =
  | {
      readonly do: 'toggle' | 'live' | 'first' | 'mute' | 'full' | 'pip' | 'captions' | 'quality' | 'chat' | 'help'
    }
  | { readonly do: 'seek'; readonly seconds: number }
  | { readonly do: 'volume'; readonly percent: number }
  /** To this share of the rewind window. */
  | { readonly do: 'share'; readonly share: number }

type Press = {
  readonly key: string
  readonly shiftKey: boolean
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
}

const named: Readonly<Record<string, Wish>> = {
  ' ': { do: 'toggle' },
  ArrowLeft: { do: 'seek', seconds: -10 },
  ArrowRight: { do: 'seek', seconds: 10 },
  ArrowUp: { do: 'volume', percent: 5 },
  ArrowDown: { do: 'volume', percent: -5 },
  Home: { do: 'first' },
  End: { do: 'live' },
}

/** Finer than without Shift. */
const shifted: Readonly<Record<string, Wish>> = {
  ArrowLeft: { do: 'seek', seconds: -5 },
  ArrowRight: { do: 'seek', seconds: 5 },
}

const letters: Readonly<Record<string, Wish>> = {
  k: { do: 'toggle' },
  j: { do: 'seek', seconds: -30 },
  l: { do: 'seek', seconds: 30 },
  m: { do: 'mute' },
  f: { do: 'full' },
  p: { do: 'pip' },
  c: { do: 'captions' },
  q: { do: 'quality' },
  t: { do: 'chat' },
  '?': { do: 'help' },
}

/**
 * @param lettersOn whether keys of one character work; people can switch them off (WCAG 2.1.4)
 * @returns null: the key is none of ours
 */
export function wishOf(press: Press, lettersOn: boolean): Wish | null {
  if (press.ctrlKey || press.metaKey || press.altKey) return null
  const byName = named[press.key]
  if (byName !== undefined) return press.shiftKey ? (shifted[press.key] ?? null) : byName
  if (!lettersOn) return null
  if (/^\d$/.test(press.key)) return { do: 'share', share: Number(press.key) / 10 }
  if (press.shiftKey && press.key.toLowerCase() === 'l') return { do: 'live' }
  return press.shiftKey && press.key !== '?' ? null : (letters[press.key.toLowerCase()] ?? null)
}

/** What keys ask for that a slider has to know (ARIA Authoring Practices); the others are those of the player. */
export function sliderWish(press: Press): Wish | null {
  if (press.ctrlKey || press.metaKey || press.altKey || press.shiftKey) return null
  if (press.key === 'ArrowUp') return { do: 'seek', seconds: 10 }
  if (press.key === 'ArrowDown') return { do: 'seek', seconds: -10 }
  if (press.key === 'PageUp') return { do: 'seek', seconds: 60 }
  if (press.key === 'PageDown') return { do: 'seek', seconds: -60 }
  return null
}

const setting = 'letter-keys'

export const recallLetters = (): boolean => recall(setting) !== 'off'

export function keepLetters(on: boolean): void {
  keep(setting, on ? 'on' : 'off')
}
