import { figure, type Spread } from './figures.ts'
import { type Figure, verdictOf } from './frame.ts'

/** One line of what was measured, for people. */
export function lineOf(measure: string, each: Figure): string {
  const { name, unit, ours, peer, again, atMost } = each
  const words = [`${measure}: ${name}`.padEnd(46), `${between(ours)} ${unit}`.padEnd(34)]
  if (peer !== undefined) {
    words.push(`${peer.name} ${between(peer.value)}`.padEnd(38))
    words.push(`ratio ${between(peer.ratio)}`.padEnd(24))
    if (again !== undefined) words.push(`itself ${figure(again.p25)}–${figure(again.p75)}`.padEnd(18))
  }
  if (atMost !== undefined) words.push(`goal ≤ ${figure(atMost)}: ${verdictOf(each)}`)
  const more = Object.entries(each.more ?? {}).map(([key, value]) => `${key} ${value}`)
  if (more.length > 0) words.push(`(${more.join(', ')})`)
  return words.join(' ').trimEnd()
}

/** The same for `docs/performance.md`. */
export function markdown(rows: readonly { readonly measure: string; readonly figure: Figure }[]): string {
  const head = '| measure | ours | peer | ratio | ours against itself | goal | verdict |\n|---|---|---|---|---|---|---|'
  const lines = rows.map(({ measure, figure: each }) => {
    const { name, unit, ours, peer, again, atMost } = each
    return `| ${[
      `${measure}: ${name}`,
      `${between(ours)} ${unit}`,
      peer === undefined ? '' : `${peer.name} ${between(peer.value)}`,
      peer === undefined ? '' : between(peer.ratio),
      again === undefined ? '' : `${figure(again.p25)} to ${figure(again.p75)}`,
      atMost === undefined ? '' : `≤ ${figure(atMost)}`,
      verdictOf(each),
    ].join(' | ')} |`
  })
  return [head, ...lines].join('\n')
}

const between = ({ p50, lowest, highest, count }: Spread): string =>
  count < 2 ? figure(p50) : `${figure(p50)} (${figure(lowest)}–${figure(highest)})`
