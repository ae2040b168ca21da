import type { Command } from 'commander'
import type { LoadedConfig } from '../../config/load.ts'
import { loadFor, printJson, withConfig, withJson } from './command.ts'
import { CommandError } from './exit.ts'
import type { World } from './ports.ts'

export function checkCommand(program: Command, world: World): void {
  const command = program.command('check').description('find mistakes in the configuration')
  withJson(withConfig(command)).action(async (options) => {
    try {
      const loaded = await loadFor(world, options)
      if (options.json) printJson(world, { valid: true, file: loaded.file, withoutEffect: loaded.withoutEffect })
      else report(world, loaded)
    } catch (error) {
      if (!(error instanceof CommandError) || !options.json) throw error
      printJson(world, { valid: false, errors: error.message.split('\n') })
      throw new CommandError('', error.status)
    }
  })
}

function report(world: World, { file, withoutEffect }: LoadedConfig): void {
  const name = file ?? 'There is no configuration file: all defaults, which'
  world.stdout.write(`${name} is valid.\n`.replace('which is', 'which are'))
  if (withoutEffect.length === 0) return
  world.stdout.write('These settings are known but have no effect yet:\n')
  for (const setting of withoutEffect) world.stdout.write(`  ${setting}\n`)
}
