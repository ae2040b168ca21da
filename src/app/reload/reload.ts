import type { Audit } from '../../accounts/audit.ts'
import { ConfigError, messageOf, UnavailableError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { type Metric, single } from '../../base/metric.ts'
import { adviceOf } from '../../config/advice.ts'
import { type Change, changesOf, withoutRestart } from '../../config/changes.ts'
import type { ReloadReport } from '../../contract/reload.ts'
import type { Reloads } from '../../http/reload-routes.ts'
import type { ConfigSource } from '../cli/ports.ts'
import type { ConfigInForce } from './config-in-force.ts'
import type { DeclaredChannels } from './declared-channels.ts'

export type ReloadOptions = {
  readonly inForce: ConfigInForce
  readonly source: Pick<ConfigSource, 'load' | 'version' | 'tellKeys'>
  readonly declared: Pick<DeclaredChannels, 'takeMade'>
  readonly audit: Pick<Audit, 'record'>
  readonly log: Log
}

type Outcome = 'applied' | 'unchanged' | 'refused' | 'failed'

/** Who sent the signal, or saved the file, is not known; that they could is what lets them. */
const SOMEBODY = { actor: 'admin', address: 'local' }
/** Of an audit entry. */
const LONGEST_SUBJECT = 1000

/** Reads the configuration again and puts into force what can be: all of it or, with a mistake, nothing. */
export class Reload implements Reloads {
  readonly #options: ReloadOptions
  readonly #counts: Record<Outcome, number> = { applied: 0, unchanged: 0, refused: 0, failed: 0 }
  #lastSeconds = 0
  #version: string | null
  /** One after the other: who asks meanwhile gets the file as it is then. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: ReloadOptions) {
    this.#options = options
    this.#version = options.source.version
  }

  /** The version of the file that is in force; null: there was none. */
  get version(): string | null {
    return this.#version
  }

  reload(who: { readonly actor: string; readonly address: string }, dryRun: boolean): Promise<ReloadReport> {
    const turn = this.#turn.then(() => (dryRun ? this.#look() : this.#apply(who)))
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  /** By a signal or a saved file: what there is to say is said in the log. */
  async reloadBy(cause: 'signal' | 'save'): Promise<void> {
    const { log, source } = this.#options
    log.info({ cause }, 'the configuration is read again')
    try {
      const { made } = await this.reload(SOMEBODY, false)
      if (made.length > 0) await source.tellKeys(made)
    } catch (error) {
      if (!(error instanceof ConfigError)) log.error({ error: messageOf(error) }, 'the configuration stays as it was')
    }
  }

  async #look(): Promise<ReloadReport> {
    const { inForce, source } = this.#options
    const { config, where } = await source.load()
    const then = withoutRestart(inForce.config, config)
    await inForce.propose(then, where)
    return report(true, changesOf(inForce.config, config), adviceOf(then), [])
  }

  async #apply(who: { readonly actor: string; readonly address: string }): Promise<ReloadReport> {
    const { inForce, source, declared, log } = this.#options
    try {
      const { config, where, version } = await source.load()
      const changes = changesOf(inForce.config, config)
      const commit = await inForce.propose(withoutRestart(inForce.config, config), where)
      await commit()
      this.#version = version
      this.#applied(who, changes)
      const advice = adviceOf(inForce.config)
      for (const sentence of advice) log.warn({}, sentence)
      return report(false, changes, advice, declared.takeMade())
    } catch (error) {
      if (error instanceof ConfigError) {
        this.#counts.refused++
        for (const mistake of error.message.split('\n')) {
          log.error({ mistake }, 'the configuration has a mistake and stays as it was')
        }
      } else {
        this.#counts.failed++
        if (!(error instanceof UnavailableError)) log.error({ err: error }, 'a reload failed by a mistake of ours')
      }
      throw error
    }
  }

  #applied(who: { readonly actor: string; readonly address: string }, changes: readonly Change[]): void {
    const { audit, log } = this.#options
    this.#lastSeconds = Date.now() / 1000
    for (const { setting, from, to, reload } of changes) {
      const fields = { setting, from, to }
      if (reload === 'restart') log.warn(fields, 'a changed setting needs a restart')
      else log.info(fields, reload === null ? 'a changed setting has no effect yet' : `a setting applies: ${reload}`)
    }
    const applied = changes.filter(({ reload }) => reload !== null && reload !== 'restart')
    this.#counts[applied.length > 0 ? 'applied' : 'unchanged']++
    if (applied.length === 0) {
      log.info({}, 'the configuration was read again: nothing to apply')
      return
    }
    const subject = applied.map(({ setting, from, to }) => `${setting}: ${from} → ${to}`).join('; ')
    const cut = subject.length > LONGEST_SUBJECT ? `${subject.slice(0, LONGEST_SUBJECT).toWellFormed()}…` : subject
    audit.record({ ...who, action: 'config.reload', subject: cut })
  }

  *metrics(): Iterable<Metric> {
    yield {
      name: 'streamhost_config_reloads_total',
      help: 'Times the configuration was read again: applied, unchanged, refused for a mistake, failed.',
      kind: 'counter',
      values: Object.entries(this.#counts).map(([outcome, value]) => ({ labels: { outcome }, value })),
    }
    yield single(
      'streamhost_config_last_reload_timestamp_seconds',
      'gauge',
      'When the configuration was last read again without a mistake; 0: not since the start.',
      this.#lastSeconds,
    )
  }
}

function report(
  dryRun: boolean,
  changes: readonly Change[],
  advice: readonly string[],
  made: ReloadReport['made'],
): ReloadReport {
  const told = changes.map(({ reload, ...change }) => ({ ...change, applies: reload ?? ('no effect yet' as const) }))
  return { dryRun, changes: told, advice: [...advice], made }
}
