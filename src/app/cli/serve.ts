import { appendFile, chmod } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { messageOf } from '../../base/errors.ts'
import { type LoadedConfig, loadConfig } from '../../config/load.ts'
import type { Config } from '../../config/schema.ts'
import { type ConfigOptions, fileFor, loadFor, withConfig } from './command.ts'
import type { ReadyInfo, World } from './ports.ts'
import { tellReady } from './service-manager.ts'
import { Signals } from './signals.ts'
import { addressesOf, hasSecrets, plainWelcome, secretsText, welcome } from './welcome.ts'

/** Beside the data: keys that nobody was there to see. */
const KEYS_FILE = 'first-run.txt'

/** @param isDefault it is what runs when no command is named */
export function serveCommand(program: Command, world: World, { isDefault }: { readonly isDefault: boolean }): void {
  const command = program.command('serve', { isDefault }).description('run the server')
  withConfig(command).action(async (options: ConfigOptions) => {
    await runServer(world, options, await loadFor(world, options), () => tellReady(world))
  })
}

/**
 * Runs the server until a signal ends it.
 * @param options by which `loaded` was found, and is found again
 * @param started told when it takes requests, after the welcome; its failure ends the server
 */
export async function runServer(
  world: World,
  options: ConfigOptions,
  { config, file, version, where }: LoadedConfig,
  started: (info: ReadyInfo, signal: AbortSignal) => Promise<void> = async () => {},
): Promise<void> {
  const serve = await world.loadServe()
  using signals = new Signals()
  await serve(config, {
    signal: signals.stop,
    source: {
      ...{ file, version, where },
      // A file that was there is missed: without it all would be as by default.
      load: () => loadConfig({ ...fileFor(world, options), ...(file === null ? {} : { required: true }) }),
      onSignal: (listener) => signals.onReload(listener),
      tellKeys: async (made) => {
        const keys = join(config.storage.dataDir, KEYS_FILE)
        await appendKeys(keys, made.map(({ slug, key }) => `Stream key of ${slug}  ${key}\n`).join(''))
        world.stdout.write(`New channels: their stream keys are in ${keys}\n`)
      },
    },
    onCrash: { say: (text) => void world.stderr.write(text), exit: (status) => process.exit(status) },
    ready: async (info) => {
      await greet(info, config, world).catch((error: unknown) => {
        world.stderr.write(`The keys that were made could not be told: ${messageOf(error)}. Rotate them.\n`)
      })
      await started(info, signals.stop)
    },
  })
}

async function greet(info: ReadyInfo, config: Config, world: World): Promise<void> {
  const addresses = addressesOf(info, config.server.publicUrl, networkInterfaces())
  if (world.stdout.isTTY) {
    const color = world.env.NO_COLOR === undefined && world.env.TERM !== 'dumb'
    world.stdout.write(welcome(info, addresses, { columns: world.stdout.columns || 80, color }))
    return
  }
  const file = hasSecrets(info) ? join(config.storage.dataDir, KEYS_FILE) : undefined
  if (file !== undefined) await appendKeys(file, secretsText(info, addresses))
  world.stdout.write(plainWelcome(info, addresses, file))
}

/** Appended: a later start may make more keys before anybody has read the first ones. */
async function appendKeys(file: string, text: string): Promise<void> {
  await appendFile(file, text, { mode: 0o600 })
  await chmod(file, 0o600)
}
