import type { Command } from 'commander'
import { CommandError } from './exit.ts'

/** Measuring is done by the launcher of the source tree, `bin/cli.mjs`: the program only knows that there is such a command. */
export function benchCommand(program: Command): void {
  program
    .command('bench [names...]')
    .description('measure the server on this machine (from the source; --list names the measures)')
    .allowUnknownOption()
    .action(() => {
      throw new CommandError('What measures is in the source tree, not in this program: run `npm run bench` there.')
    })
}
