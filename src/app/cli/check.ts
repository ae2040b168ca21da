import type { Command } from 'commander'
import { ConfigError } from '../../base/errors.ts'
import { adviceOf } from '../../config/advice.ts'
import type { LoadedConfig } from '../../config/load.ts'
import { CertificateFileError, readAuthority, readFiles } from '../../tls/certificate-files.ts'
import { isFor } from '../../tls/pair.ts'
import { placeMistakes } from '../certificate-mistakes.ts'
import { Ladders } from '../ladders/ladders.ts'
import { mustHaveSlates } from '../slate-files.ts'
import { loadFor, printJson, withConfig, withJson } from './command.ts'
import { CommandError } from './exit.ts'
import type { World } from './ports.ts'

export function checkCommand(program: Command, world: World): void {
  const command = program.command('check').description('find mistakes in the configuration')
  withJson(withConfig(command)).action(async (options) => {
    try {
      const loaded = await loadFor(world, options)
      await mustHaveFiles(loaded)
      const advice = adviceOf(loaded.config)
      const { file, withoutEffect } = loaded
      if (options.json) printJson(world, { valid: true, file, withoutEffect, advice })
      else report(world, loaded, advice)
    } catch (error) {
      if (!(error instanceof CommandError) || !options.json) throw error
      printJson(world, { valid: false, errors: error.message.split('\n') })
      throw new CommandError('', error.status)
    }
  })
}

/** Reads the files that are named, as the server will. @throws CommandError with the mistakes in them */
async function mustHaveFiles(loaded: LoadedConfig): Promise<void> {
  const { config, where } = loaded
  try {
    await placeMistakes(where, mustHaveCertificate(config))
    await Ladders.open(loaded)
    await mustHaveSlates(config, where)
  } catch (error) {
    if (error instanceof ConfigError) throw new CommandError(error.message, 2, { cause: error })
    throw error
  }
}

/** @throws CertificateFileError */
async function mustHaveCertificate({ server }: LoadedConfig['config']): Promise<void> {
  const { mode, cert, key, acme } = server.https
  if (mode === 'acme' && acme.ca !== undefined) await readAuthority(acme.ca)
  if (mode !== 'files' || cert === undefined || key === undefined) return
  const pair = await readFiles({ cert, key })
  const name = server.publicUrl?.startsWith('https:') ? new URL(server.publicUrl).hostname : undefined
  if (name === undefined || isFor(pair, name)) return
  throw new CertificateFileError(
    'cert',
    cert,
    `is for ${pair.names.join(', ') || 'no name at all'}, not for ${name} of server.publicUrl: use one that has that name`,
  )
}

function report(world: World, { file, withoutEffect }: LoadedConfig, advice: readonly string[]): void {
  const name = file ?? 'There is no configuration file: all defaults, which'
  world.stdout.write(`${name} is valid.\n`.replace('which is', 'which are'))
  for (const sentence of advice) world.stdout.write(`${sentence}\n`)
  if (withoutEffect.length === 0) return
  world.stdout.write('These settings are known but have no effect yet:\n')
  for (const setting of withoutEffect) world.stdout.write(`  ${setting}\n`)
}
