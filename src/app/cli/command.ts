import type { Command } from 'commander'
import { ConfigError } from '../../base/errors.ts'
import { DEFAULT_FILE, type LoadedConfig, type LoadOptions, loadConfig } from '../../config/load.ts'
import { CommandError } from './exit.ts'
import type { ApiRequest, World } from './ports.ts'

/** Adds the option that every command has. */
export function withConfig(command: Command): Command {
  return command.option('--config <file>', `configuration (default: ${DEFAULT_FILE}, if it is there)`)
}

/** Adds the option of commands that print data. */
export function withJson(command: Command): Command {
  return command.option('--json', 'print JSON')
}

/** What `withConfig` was given. */
export type ConfigOptions = { readonly config?: string }

/** Runs an action against the API of the server that the options name. */
export type Act = (options: ConfigOptions, action: (request: ApiRequest) => Promise<void>) => Promise<void>

/** What to load the configuration with. */
export function fileFor({ env, cwd }: World, options: ConfigOptions): LoadOptions {
  return { file: options.config ?? env.STREAMHOST_CONFIG, env, cwd }
}

/** @throws CommandError with status 2 for a wrong configuration */
export async function loadFor(world: World, options: ConfigOptions): Promise<LoadedConfig> {
  try {
    return await loadConfig(fileFor(world, options))
  } catch (error) {
    if (error instanceof ConfigError) throw new CommandError(error.message, 2, { cause: error })
    throw error
  }
}

export function printJson(world: World, value: unknown): void {
  world.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
}

export function printTable(world: World, rows: readonly (readonly string[])[]): void {
  for (const line of tableLines(rows)) world.stdout.write(`${line}\n`)
}

/** Columns as wide as their longest cell. */
export function tableLines(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length)
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
