import type { Command } from 'commander'
import { VERSION } from '../version.ts'
import { type ConfigOptions, loadFor, printJson, withConfig, withJson } from './command.ts'
import { type Finding, findingLines, verdictLine } from './doctor/finding.ts'
import { CommandError } from './exit.ts'
import type { World } from './ports.ts'

export function doctorCommand(program: Command, world: World): void {
  const command = program.command('doctor').description('look for what is wrong with this machine, and with the server')
  withJson(withConfig(command)).action(async (options: ConfigOptions & { readonly json?: boolean }) => {
    const { config, file } = await loadFor(world, options)
    // Loaded here: the command line must answer at once.
    const { examine } = await import('./doctor/examine.ts')
    const findings = await examine(config, file, VERSION)
    if (options.json) printJson(world, { healthy: !isBroken(findings), findings })
    else for (const line of [...findingLines(findings), '', verdictLine(findings)]) world.stdout.write(`${line}\n`)
    if (isBroken(findings)) throw new CommandError('')
  })
}

const isBroken = (findings: readonly Finding[]): boolean => findings.some(({ state }) => state === 'broken')
