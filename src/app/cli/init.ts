import { writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { messageOf } from '../../base/errors.ts'
import { SCHEMA_FILE, sampleFile } from '../../config/generate.ts'
import { DEFAULT_FILE } from '../../config/load.ts'
import { withConfig } from './command.ts'
import { CommandError } from './exit.ts'
import type { World } from './ports.ts'

const SCHEMA = join(import.meta.dirname, '../../..', SCHEMA_FILE)

export function initCommand(program: Command, world: World): void {
  const command = program.command('init').description('write a configuration with every setting in it, commented out')
  withConfig(command).action(async (options) => {
    const name: string = options.config ?? world.env.STREAMHOST_CONFIG ?? DEFAULT_FILE
    const file = resolve(world.cwd, name)
    const schema = relative(dirname(file), SCHEMA)
    try {
      await writeFile(file, sampleFile(schema.startsWith('.') ? schema : `./${schema}`), { flag: 'wx' })
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
        throw new CommandError(`${name} is there already and was left as it is; give another name by --config.`)
      }
      throw new CommandError(`${name} cannot be written: ${messageOf(error)}.`, 1, { cause: error })
    }
    world.stdout.write(`${name} has every setting in it, commented out at its default.\n`)
  })
}
