import type { Command } from 'commander'
import { StreamKey, StreamKeyList, StreamKeyWithKey } from '../../contract/stream-key.ts'
import { expectOk } from './api-client.ts'
import { type Act, printJson, printTable, withConfig, withJson } from './command.ts'
import { CommandError } from './exit.ts'
import type { ApiRequest, World } from './ports.ts'

type Options = { readonly config?: string; readonly json?: boolean; readonly key?: string }

/** `channel keys` and `channel key …`: the several stream keys of a channel. */
export function channelKeyCommands(channel: Command, world: World, act: Act): void {
  withJson(withConfig(channel.command('keys <name>')))
    .description('list a channel’s stream keys: what for, and when they were used')
    .action((slug: string, options: Options) =>
      act(options, async (request) => {
        const items = await keysOf(request, slug)
        if (options.json) return printJson(world, items)
        const rows = items.map((key) => [key.id.slice(0, 8), key.label || '-', day(key.createdAt), usedAt(key)])
        printTable(world, [['ID', 'LABEL', 'MADE', 'LAST USED'], ...rows])
      }),
    )

  const key = channel.command('key').description('give a channel more stream keys, change one, take one away')

  withJson(withConfig(key.command('add <name> <label>')))
    .description('one more stream key; prints it, this once')
    .option('--key <key>', 'a stream key of your own: sk_ and at least 17 more characters')
    .action((slug: string, label: string, options: Options) =>
      act(options, async (request) => {
        const body = { label, key: options.key }
        showKey(world, options, slug, await expectOk(request('POST', pathOf(slug), body)))
      }),
    )

  withJson(withConfig(key.command('rename <name> <key> <label>')))
    .description('call a key something else; <key> is its label or the beginning of its id')
    .action((slug: string, wanted: string, label: string, options: Options) =>
      act(options, async (request) => {
        const found = await find(request, slug, wanted)
        const renamed = StreamKey.parse(await expectOk(request('PATCH', pathOf(slug, found), { label })))
        if (options.json) return printJson(world, renamed)
        world.stdout.write(`The key ${nameOf(found)} of ${slug} is called “${label}” now.\n`)
      }),
    )

  withJson(withConfig(key.command('rotate <name> <key>')))
    .description('a new key in the place of one; what came by the old one ends at once')
    .option('--key <key>', 'a stream key of your own')
    .action((slug: string, wanted: string, options: Options) =>
      act(options, async (request) => {
        const found = await find(request, slug, wanted)
        const answer = await expectOk(request('POST', `${pathOf(slug, found)}/rotate`, { key: options.key }))
        showKey(world, options, slug, answer)
      }),
    )

  withJson(withConfig(key.command('revoke <name> <key>')))
    .description('take a key away; what came by it ends at once')
    .action((slug: string, wanted: string, options: Options) =>
      act(options, async (request) => {
        const found = await find(request, slug, wanted)
        await expectOk(request('DELETE', pathOf(slug, found)))
        if (options.json) return printJson(world, { revoked: true })
        world.stdout.write(`The key ${nameOf(found)} of ${slug} is worth nothing any more.\n`)
      }),
    )
}

function pathOf(slug: string, key?: StreamKey): string {
  const keys = `/api/v1/channels/${encodeURIComponent(slug)}/keys`
  return key === undefined ? keys : `${keys}/${encodeURIComponent(key.id)}`
}

async function keysOf(request: ApiRequest, slug: string): Promise<readonly StreamKey[]> {
  return StreamKeyList.parse(await expectOk(request('GET', pathOf(slug)))).items
}

/** By label, or by the beginning of the id if only one has it. @throws CommandError */
async function find(request: ApiRequest, slug: string, wanted: string): Promise<StreamKey> {
  const keys = await keysOf(request, slug)
  const labelled = keys.filter(({ label }) => label.toLowerCase() === wanted.toLowerCase())
  const found = labelled.length > 0 ? labelled : keys.filter(({ id }) => wanted !== '' && id.startsWith(wanted))
  const [key, another] = found
  if (key === undefined) {
    const known = keys.map(nameOf).join(', ')
    throw new CommandError(`The channel ${slug} has no key “${wanted}”. It has: ${known || 'none'}.`)
  }
  if (another !== undefined) {
    throw new CommandError(`More than one key of ${slug} begins with ${wanted}: give more of its id.`)
  }
  return key
}

function nameOf({ id, label }: StreamKey): string {
  return label === '' ? id.slice(0, 8) : `“${label}”`
}

function day(at: string): string {
  return at.slice(0, 10)
}

function usedAt({ onAir, lastUsedAt }: StreamKey): string {
  if (onAir) return 'on air now'
  return lastUsedAt === null ? 'never' : lastUsedAt.slice(0, 16).replace('T', ' ')
}

function showKey(world: World, options: Options, slug: string, json: unknown): void {
  const answer = StreamKeyWithKey.parse(json)
  if (options.json) printJson(world, answer)
  else world.stdout.write(`The stream key ${nameOf(answer.streamKey)} of ${slug}, shown this once:\n${answer.key}\n`)
}
