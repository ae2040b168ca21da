import type { Command } from 'commander'
import { ReloadReport } from '../../contract/reload.ts'
import { expectOk, withServer } from './api-client.ts'
import { loadFor, printJson, withConfig, withJson } from './command.ts'
import { CommandError } from './exit.ts'
import type { ApiAnswer, World } from './ports.ts'

type Options = { readonly config?: string; readonly json?: boolean; readonly dryRun?: boolean }

/** The server's word for a configuration with mistakes. */
const MISTAKEN = 422

export function reloadCommand(program: Command, world: World): void {
  withJson(withConfig(program.command('reload')))
    .description('make the running server read its configuration again; says what applies and what needs a restart')
    .option('--dry-run', 'only say what would change')
    .action(async (options: Options) => {
      const { config } = await loadFor(world, options)
      await withServer(config, async (request) => {
        const answer = await request('POST', '/api/v1/reload', { dryRun: options.dryRun === true })
        if (answer.status === MISTAKEN) throw new CommandError(mistakesOf(answer), 2)
        const report = ReloadReport.parse(await expectOk(Promise.resolve(answer)))
        if (options.json) return printJson(world, report)
        for (const line of reportLines(report)) world.stdout.write(`${line}\n`)
      })
    })
}

/** Exactly as `check` says them. */
function mistakesOf({ json }: ApiAnswer): string {
  const { errors } = json as { errors?: readonly { message: string }[] }
  return (errors ?? []).map(({ message }) => message).join('\n')
}

/** A report for people. */
export function reportLines({ dryRun, changes, advice, made }: ReloadReport): string[] {
  const section = (title: string, wanted: (applies: string) => boolean): string[] => {
    const found = changes.filter(({ applies }) => wanted(applies))
    const lines = found.map(({ setting, from, to, applies }) => {
      const when = applies.startsWith('next') ? ` (from the ${applies} on)` : ''
      return `  ${setting}: ${from} → ${to}${when}`
    })
    return lines.length > 0 ? [title, ...lines] : []
  }
  const lines = [
    ...section(dryRun ? 'Would apply:' : 'Applied:', (word) => word === 'at once' || word.startsWith('next')),
    ...section('Needs a restart (in force → in the file):', (word) => word === 'restart'),
    ...section('Has no effect yet:', (word) => word === 'no effect yet'),
    ...made.map(({ slug, key }) => `The stream key of ${slug}, shown this once:\n${key}`),
  ]
  return [...(lines.length > 0 ? lines : ['The configuration is as it is in force: nothing to change.']), ...advice]
}
