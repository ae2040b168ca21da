import type { Command } from 'commander'
import { z } from 'zod'
import { expectOk, withApi } from './api-client.ts'
import { loadFor, printJson, withConfig, withJson } from './command.ts'
import type { World } from './ports.ts'

const Answer = z.object({ token: z.string() })

export function tokenCommand(program: Command, world: World): void {
  const command = program
    .command('token')
    .description('make a new admin token; the old one is worth nothing from then on')
  withJson(withConfig(command)).action(async (options) => {
    const { config } = await loadFor(world, options)
    await withApi(config, world.loadOffline, async (request) => {
      const answer = Answer.parse(await expectOk(request('POST', '/api/v1/admin-token')))
      if (options.json) printJson(world, answer)
      else world.stdout.write(`${answer.token}\n`)
    })
  })
}
