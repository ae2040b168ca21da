import { appendFile, chmod } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { messageOf } from '../../base/errors.ts'
import type { Config } from '../../config/schema.ts'
import { loadFor, withConfig } from './command.ts'
import type { ReadyInfo, World } from './ports.ts'
import { addressesOf, hasSecrets, plainWelcome, secretsText, welcome } from './welcome.ts'

/** A terminal's Ctrl+C may arrive twice, once by itself and once passed on; a person who means "at once" presses later. */
const SECOND_SIGNAL_MS = 1000

export function serveCommand(program: Command, world: World): void {
  withConfig(program.command('serve').description('run the server')).action(async (options) => {
    const { config } = await loadFor(world, options)
    await runServer(world, config)
  })
}

/**
 * Runs the server until a signal ends it.
 * @param started told when it takes requests, after the welcome; its failure ends the server
 */
export async function runServer(
  world: World,
  config: Config,
  started: (info: ReadyInfo, signal: AbortSignal) => Promise<void> = async () => {},
): Promise<void> {
  const serve = await world.loadServe()
  using stop = stopSignal()
  await serve(config, {
    signal: stop.signal,
    onCrash: { say: (text) => void world.stderr.write(text), exit: (status) => process.exit(status) },
    ready: async (info) => {
      await greet(info, config, world).catch((error: unknown) => {
        world.stderr.write(`The keys that were made could not be told: ${messageOf(error)}. Rotate them.\n`)
      })
      await started(info, stop.signal)
    },
  })
}

/** Aborted by SIGINT, SIGTERM or the terminal's end; a second SIGINT or SIGTERM ends the process at once. */
function stopSignal(): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController()
  let firstAtMs = 0
  const onSignal = (name: NodeJS.Signals) => {
    if (!controller.signal.aborted) {
      firstAtMs = performance.now()
      controller.abort(new Error(name))
    } else if (performance.now() - firstAtMs > SECOND_SIGNAL_MS) {
      process.exit(1)
    }
  }
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const name of names) process.on(name, onSignal)
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      for (const name of names) process.off(name, onSignal)
    },
  }
}

async function greet(info: ReadyInfo, config: Config, world: World): Promise<void> {
  const addresses = addressesOf(info, config.server.publicUrl, networkInterfaces())
  if (world.stdout.isTTY) {
    const color = world.env.NO_COLOR === undefined && world.env.TERM !== 'dumb'
    world.stdout.write(welcome(info, addresses, { columns: world.stdout.columns || 80, color }))
    return
  }
  const file = hasSecrets(info) ? join(config.storage.dataDir, 'first-run.txt') : undefined
  // Appended: a later start may make more keys before anybody has read the first ones.
  if (file !== undefined) {
    await appendFile(file, secretsText(info, addresses), { mode: 0o600 })
    await chmod(file, 0o600)
  }
  world.stdout.write(plainWelcome(info, addresses, file))
}
