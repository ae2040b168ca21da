import { ConfigError } from '../base/errors.ts'
import { nearest } from './nearest.ts'
import { Config } from './schema.ts'
import { fromText, settingsOf } from './setting.ts'

/** Names that begin like an override but are none. */
const OTHER_VARIABLES: readonly RegExp[] = [
  /** The configuration file, where no `--config` says it. */
  /^STREAMHOST_CONFIG$/,
  /** What Kubernetes puts into every container beside a service that is called `streamhost`. */
  /^STREAMHOST_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_\d+_[A-Z0-9_]+)?)$/,
]

const PREFIX = 'STREAMHOST_'

/** A setting that an environment variable gives. */
export type EnvironmentSetting = {
  readonly steps: readonly string[]
  readonly value: unknown
  readonly variable: string
}

/** The settings that `STREAMHOST_…` variables override. @throws ConfigError for a variable that names no setting */
export function environmentSettings(env: Readonly<Record<string, string | undefined>>): EnvironmentSetting[] {
  const known = new Map([...settingsOf(Config)].map((setting) => [setting.variable, setting]))
  const given: EnvironmentSetting[] = []
  const mistakes: string[] = []
  for (const [variable, text] of Object.entries(env)) {
    if (text === undefined || !variable.startsWith(PREFIX)) continue
    if (OTHER_VARIABLES.some((pattern) => pattern.test(variable))) continue
    const setting = known.get(variable)
    if (setting) {
      given.push({ steps: setting.steps, value: fromText(setting.core, text), variable })
      continue
    }
    // Without what all have in common, which would make any two alike.
    const meant = nearest(
      variable.slice(PREFIX.length),
      [...known.keys()].map((name) => name.slice(PREFIX.length)),
    )
    const hint = meant === undefined ? 'docs/configuration.md lists them all.' : `did you mean ${PREFIX}${meant}?`
    mistakes.push(`The environment variable ${variable} is no setting of this server; ${hint}`)
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes.join('\n'))
  return given
}
