import { ADVICE } from '../../contract/advice.ts'
import type { Advice, IngestReport } from '../../contract/insight.ts'
import { PICTURE_RULES } from './picture-rules.ts'
import { RATE_RULES } from './rate-rules.ts'
import type { CoachView, Finding, Rule } from './rule.ts'
import { SOUND_RULES } from './sound-rules.ts'

const RULES: readonly Rule[] = [...SOUND_RULES, ...RATE_RULES, ...PICTURE_RULES].toSorted(
  (a, b) => ADVICE.indexOf(a.kind) - ADVICE.indexOf(b.kind),
)

type Standing = { wrongSeconds: number; rightSeconds: number; said: Advice | undefined }

/**
 * What one broadcast's streamer should change. Each rule must be broken for a while before anything is said, and kept for
 * a while before it is taken back, so that advice neither flickers nor stays when it was followed.
 */
export class Coach {
  readonly #standings = new Map<Rule, Standing>(
    RULES.map((rule) => [rule, { wrongSeconds: 0, rightSeconds: 0, said: undefined }]),
  )

  /** Once a second while an encoder sends. */
  advance(view: CoachView, nowMs: number): void {
    for (const [rule, standing] of this.#standings) {
      const verdict = rule.judge(view, standing.said !== undefined)
      if (verdict === 'unknown') continue
      if (verdict === 'fine') right(rule, standing)
      else wrong(rule, standing, verdict, nowMs)
    }
  }

  /** What is to be said now, the most important first. */
  advice(): Advice[] {
    return [...this.#standings.values()].flatMap(({ said }) => (said === undefined ? [] : [said]))
  }

  /** A hint alone leaves a broadcast healthy. */
  verdict(): IngestReport['verdict'] {
    const severities = this.advice().map(({ severity }) => severity)
    if (severities.includes('trouble')) return 'trouble'
    return severities.includes('look') ? 'look' : 'healthy'
  }
}

function right(rule: Rule, standing: Standing): void {
  standing.wrongSeconds = 0
  standing.rightSeconds++
  if (standing.rightSeconds >= rule.goneSeconds) standing.said = undefined
}

function wrong(rule: Rule, standing: Standing, finding: Finding, nowMs: number): void {
  standing.rightSeconds = 0
  standing.wrongSeconds++
  if (standing.said !== undefined) standing.said = { ...standing.said, ...finding }
  else if (standing.wrongSeconds >= rule.afterSeconds) {
    const sinceMs = nowMs - (standing.wrongSeconds - 1) * 1000
    standing.said = { kind: rule.kind, ...finding, since: new Date(sinceMs).toISOString() }
  }
}
