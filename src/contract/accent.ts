/**
 * Roles of colour that are made of the one colour somebody chose, so that words on it and in it can be read in both themes
 * (design of the page, section 11). Computed in OKLCH (Ottosson, "A perceptual color space", 2020): lightness moves, the hue stays.
 */
export type AccentRoles = {
  readonly accent: string
  readonly hover: string
  readonly onAccent: string
  readonly soft: string
  readonly ink: string
}
export type Accent = {
  readonly light: AccentRoles
  readonly dark: AccentRoles /** Over the picture, which has no theme. */
  readonly overPicture: string
}

type Rgb = readonly [number, number, number]
type Oklch = { readonly lightness: number; readonly chroma: number; readonly hue: number }
type Theme = {
  readonly grounds: readonly string[]
  readonly surface: string
  readonly soft: number
  readonly step: number
}

/** `--bg`, `--surface`, `--sunken` of `web/style/tokens.css`. */
const LIGHT: Theme = { grounds: ['#f3f6f5', '#ffffff', '#e9eeec'], surface: '#ffffff', soft: 0.14, step: -0.01 }
const DARK: Theme = { grounds: ['#0c1211', '#151d1b', '#1f2927'], surface: '#151d1b', soft: 0.24, step: 0.01 }
const WHITE = '#ffffff'
const DARK_WORDS = '#11201c'

/** Ratios of WCAG 2.2: of controls against what is beside them, and of words. */
const CONTROL = 3
const WORDS = 4.5
const HOVER = 0.05

/** @param colour `#rrggbb` */
export function accentOf(colour: string): Accent {
  const dark = rolesOf(colour, DARK)
  return { light: rolesOf(colour, LIGHT), dark, overPicture: dark.ink }
}

function rolesOf(colour: string, theme: Theme): AccentRoles {
  const { grounds, surface, soft: share, step } = theme
  const accent = moved(
    colour,
    step,
    (fill) => isClear(fill, grounds, CONTROL) && contrast(wordsOn(fill), fill) >= WORDS,
  )
  const onAccent = wordsOn(accent)
  const soft = mixed(accent, surface, share)
  const ink = moved(accent, step, (words) => isClear(words, [...grounds, soft], WORDS))
  // Away from its words, so that they stay readable.
  const hover = lighter(accent, onAccent === WHITE ? -HOVER : HOVER)
  return { accent, hover, onAccent, soft, ink }
}

/** The colour, or the first one lighter or darker of which this is true. */
function moved(colour: string, step: number, is: (colour: string) => boolean): string {
  if (is(colour)) return colour
  const from = oklchOf(rgbOf(colour))
  for (let lightness = from.lightness + step; lightness > 0 && lightness < 1; lightness += step) {
    const next = hexOf(inGamut({ ...from, lightness }))
    if (is(next)) return next
  }
  return step < 0 ? '#000000' : WHITE
}

function lighter(colour: string, by: number): string {
  const from = oklchOf(rgbOf(colour))
  return hexOf(inGamut({ ...from, lightness: Math.min(1, Math.max(0, from.lightness + by)) }))
}

function wordsOn(fill: string): string {
  return contrast(WHITE, fill) >= WORDS ? WHITE : DARK_WORDS
}

function isClear(colour: string, grounds: readonly string[], ratio: number): boolean {
  return grounds.every((ground) => contrast(colour, ground) >= ratio)
}

function mixed(colour: string, ground: string, share: number): string {
  const [over, under] = [rgbOf(colour), rgbOf(ground)]
  return hexOf(over.map((value, at) => value * share + (under[at] ?? 0) * (1 - share)) as unknown as Rgb)
}

/** WCAG 2.2, contrast ratio. */
export function contrast(a: string, b: string): number {
  const [one, other] = [luminance(a), luminance(b)]
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
}

function luminance(colour: string): number {
  const [red, green, blue] = rgbOf(colour).map(linear) as unknown as Rgb
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function rgbOf(colour: string): Rgb {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255) as unknown as Rgb
}

function hexOf(rgb: Rgb): string {
  return `#${rgb
    .map((value) =>
      Math.round(Math.min(1, Math.max(0, value)) * 255)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`
}

function linear(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
}

function gamma(value: number): number {
  return value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055
}

function oklchOf(rgb: Rgb): Oklch {
  const [red, green, blue] = rgb.map(linear) as unknown as Rgb
  const l = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
  const m = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
  const s = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
  const a = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s
  const b = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s
  const lightness = 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s
  return { lightness, chroma: Math.hypot(a, b), hue: Math.atan2(b, a) }
}

function rgbOfOklch({ lightness, chroma, hue }: Oklch): Rgb {
  const [a, b] = [chroma * Math.cos(hue), chroma * Math.sin(hue)]
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  return [
    gamma(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    gamma(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    gamma(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ]
}

/** The same lightness and hue with as much chroma as screens can show. */
function inGamut(colour: Oklch): Rgb {
  const shown = (rgb: Rgb): boolean => rgb.every((value) => value >= -0.0005 && value <= 1.0005)
  const whole = rgbOfOklch(colour)
  if (shown(whole)) return whole
  let [low, high] = [0, colour.chroma]
  for (let n = 0; n < 20; n++) {
    const chroma = (low + high) / 2
    if (shown(rgbOfOklch({ ...colour, chroma }))) low = chroma
    else high = chroma
  }
  return rgbOfOklch({ ...colour, chroma: low })
}

/**
 * The rules of a style sheet that put the roles in force in what the page is about; the mark above stays the organisation's. The
 * device says which theme it is, or `data-theme`, as in `web/style/tokens.css`.
 */
export function accentStyle(colour: string): string {
  const { light, dark, overPicture } = accentOf(colour)
  const rule = (roles: AccentRoles): string =>
    `--accent:${roles.accent};--accent-hover:${roles.hover};--on-accent:${roles.onAccent};--accent-soft:${roles.soft};--accent-ink:${roles.ink}`
  return [
    `:root main{${rule(light)};--ov-accent:${overPicture}}`,
    `@media (prefers-color-scheme:dark){:root:not([data-theme="light"]) main{${rule(dark)}}}`,
    `:root[data-theme="dark"] main{${rule(dark)}}`,
  ].join('')
}
