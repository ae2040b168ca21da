import { Command, CommanderError } from 'commander'
import { COMMAND, embedded, isSingleFile, LICENCES } from '../../base/single-file.ts'
import { VERSION } from '../version.ts'
import { benchCommand } from './bench.ts'
import { channelCommand } from './channel.ts'
import { checkCommand } from './check.ts'
import { printJson, withConfig, withJson } from './command.ts'
import { demoCommand } from './demo.ts'
import { doctorCommand } from './doctor.ts'
import { CommandError, type ExitStatus, sentenceFor } from './exit.ts'
import { initCommand } from './init.ts'
import type { World } from './ports.ts'
import { reloadCommand } from './reload.ts'
import { serveCommand } from './serve.ts'
import { statusCommand } from './status.ts'
import { tokenCommand } from './token.ts'
import { userCommand } from './user.ts'

/** From the source `streamhost` is on nobody's PATH: npm finds it in this directory. */
const HOW_TO_CALL = `
${isSingleFile ? 'For example' : 'In the directory of StreamHost'}:
  ${COMMAND} channel list            run a command
  ${COMMAND} channel create --help   what a command takes
`

/** Runs the command line. Expected failures become a sentence on stderr; our own mistakes are thrown. */
export async function runCli(args: readonly string[], world: World): Promise<ExitStatus> {
  const program = new Command('streamhost')
    .description('Live streaming that an organisation owns.')
    .version(VERSION, '-V, --version', 'print the version')
    .addHelpText('after', HOW_TO_CALL)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void world.stdout.write(text),
      writeErr: (text) => void world.stderr.write(text),
      getOutHelpWidth: () => world.stdout.columns ?? 80,
      getErrHelpWidth: () => world.stderr.columns ?? 80,
    })
  // As `npm start` from the source, the single file by itself runs the server.
  serveCommand(program, world, { isDefault: isSingleFile && (args[0] === undefined || args[0].startsWith('-')) })
  initCommand(program, world)
  checkCommand(program, world)
  doctorCommand(program, world)
  tokenCommand(program, world)
  userCommand(program, world)
  channelCommand(program, world)
  statusCommand(program, world)
  reloadCommand(program, world)
  demoCommand(program, world)
  benchCommand(program)
  versionCommand(program, world)
  try {
    await program.parseAsync(helpOnlyForCommands(program, args), { from: 'user' })
    return 0
  } catch (error) {
    return statusOf(error, world)
  }
}

/** Commander answers `--help` before it misses a command: to a name that is none, its own error is all there is to say. */
function helpOnlyForCommands(program: Command, args: readonly string[]): string[] {
  let command = program
  for (const word of args) {
    if (word.startsWith('-') || word === 'help' || command.commands.length === 0) break
    const next = command.commands.find((each) => each.name() === word)
    if (next === undefined) return args.filter((arg) => arg !== '--help' && arg !== '-h')
    command = next
  }
  return [...args]
}

function versionCommand(program: Command, world: World): void {
  const command = program.command('version').description('print the version')
  if (isSingleFile) command.option('--licences', 'print the terms of all that is in this file')
  withJson(withConfig(command)).action((options) => {
    if (options.licences) world.stdout.write(embedded(LICENCES)?.toString('utf8') ?? '')
    else if (options.json) printJson(world, { version: VERSION, node: process.versions.node })
    else world.stdout.write(`streamhost ${VERSION} (Node ${process.versions.node})\n`)
  })
}

function statusOf(error: unknown, world: World): ExitStatus {
  // Commander has said what is wrong by itself; help and version are no errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof CommandError) {
    if (error.message !== '') world.stderr.write(`${error.message}\n`)
    return error.status
  }
  const sentence = sentenceFor(error)
  if (sentence === undefined) throw error
  world.stderr.write(`${sentence}\n`)
  return 1
}
