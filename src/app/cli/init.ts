import { writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { messageOf } from '../../base/errors.ts'
import { ROOT } from '../../base/root.ts'
import { COMMAND, isSingleFile } from '../../base/single-file.ts'
import { jsonSchema, SCHEMA_FILE, sampleFile } from '../../config/generate.ts'
import { DEFAULT_FILE } from '../../config/load.ts'
import { withConfig } from './command.ts'
import { CommandError } from './exit.ts'
import type { World } from './ports.ts'

const SCHEMA = join(ROOT, SCHEMA_FILE)
/** Written by the single file, which has no source tree beside it, so that editors complete and check there too. */
const SCHEMA_BESIDE = 'streamhost.config.schema.json'

export function initCommand(program: Command, world: World): void {
  const command = program.command('init').description('write a configuration with every setting in it, commented out')
  withConfig(command).action(async (options) => {
    const name: string = options.config ?? world.env.STREAMHOST_CONFIG ?? DEFAULT_FILE
    const file = resolve(world.cwd, name)
    const schema = isSingleFile ? SCHEMA_BESIDE : relative(dirname(file), SCHEMA)
    try {
      const text = sampleFile(schema.startsWith('.') ? schema : `./${schema}`, isSingleFile ? 'streamhost' : COMMAND)
      await writeFile(file, text, { flag: 'wx' })
      if (isSingleFile) await writeFile(join(dirname(file), SCHEMA_BESIDE), jsonSchema())
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
        throw new CommandError(`${name} is there already and was left as it is; give another name by --config.`)
      }
      throw new CommandError(`${name} cannot be written: ${messageOf(error)}.`, 1, { cause: error })
    }
    world.stdout.write(`${name} has every setting in it, commented out at its default.\n`)
  })
}
