import type { Command } from 'commander'
import { z } from 'zod'
import { Channel, ChannelList, ChannelWithKey } from '../../contract/channel.ts'
import { expectOk, withApi } from './api-client.ts'
import { channelKeyCommands } from './channel-keys.ts'
import { type Act, loadFor, printJson, printTable, withConfig, withJson } from './command.ts'
import type { ApiRequest, World } from './ports.ts'

type Options = { readonly config?: string; readonly json?: boolean; readonly title?: string; readonly key?: string }

const PAGE = 100
const Ended = z.object({ ended: z.boolean() })

export function channelCommand(program: Command, world: World): void {
  const channel = program.command('channel').description('make, list, show and delete channels, end their broadcasts')
  const act: Act = async (options, action) => {
    const { config } = await loadFor(world, options)
    await withApi(config, world.loadOffline, action)
  }

  withJson(withConfig(channel.command('create <name>')))
    .description('make a channel; prints its stream key, this once')
    .option('--title <title>', 'the channel’s name for people')
    .option('--key <key>', 'a stream key of your own: sk_ and at least 17 more characters')
    .action((slug: string, options: Options) =>
      act(options, async (request) => {
        const body = { slug, title: options.title, key: options.key }
        showKey(world, options, await expectOk(request('POST', '/api/v1/channels', body)))
      }),
    )

  withJson(withConfig(channel.command('list')))
    .description('list the channels')
    .action((options: Options) =>
      act(options, async (request) => {
        const channels = await listAll(request)
        if (options.json) return printJson(world, channels)
        const rows = channels.map(({ slug, title, state, viewers }) => [slug, state, String(viewers), title])
        printTable(world, [['NAME', 'STATE', 'VIEWERS', 'TITLE'], ...rows])
      }),
    )

  withJson(withConfig(channel.command('show <name>')))
    .description('show a channel')
    .action((slug: string, options: Options) =>
      act(options, async (request) => {
        const found = Channel.parse(await expectOk(request('GET', pathOf(slug))))
        if (options.json) return printJson(world, found)
        const { playback, title, state, startedAt, viewers } = found
        const rows = { name: found.slug, title, state, since: startedAt ?? '', viewers: String(viewers), ...playback }
        printTable(
          world,
          Object.entries(rows).filter((row): row is [string, string] => Boolean(row[1])),
        )
      }),
    )

  withJson(withConfig(channel.command('end <name>')))
    .description('end a channel’s broadcast; its encoder is refused until it has stayed away for half a minute')
    .action((slug: string, options: Options) =>
      act(options, async (request) => {
        const answer = Ended.parse(await expectOk(request('POST', `${pathOf(slug)}/end`)))
        if (options.json) return printJson(world, answer)
        world.stdout.write(answer.ended ? `The broadcast of ${slug} is over.\n` : `${slug} is not on air.\n`)
      }),
    )

  withJson(withConfig(channel.command('delete <name>')))
    .description('delete a channel and its stream key')
    .action((slug: string, options: Options) =>
      act(options, async (request) => {
        await expectOk(request('DELETE', pathOf(slug)))
        if (options.json) return printJson(world, { deleted: true })
        world.stdout.write(`The channel ${slug} is deleted.\n`)
      }),
    )

  withJson(withConfig(channel.command('rotate-key <name>')))
    .description('give a channel one new stream key; all it had are worth nothing from then on')
    .option('--key <key>', 'a stream key of your own')
    .action((slug: string, options: Options) =>
      act(options, async (request) => {
        showKey(world, options, await expectOk(request('POST', `${pathOf(slug)}/key`, { key: options.key })))
      }),
    )

  channelKeyCommands(channel, world, act)
}

function pathOf(slug: string): string {
  return `/api/v1/channels/${encodeURIComponent(slug)}`
}

async function listAll(request: ApiRequest): Promise<Channel[]> {
  const channels: Channel[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const after: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const page = ChannelList.parse(await expectOk(request('GET', `/api/v1/channels?limit=${PAGE}${after}`)))
    channels.push(...page.items)
    cursor = page.nextCursor
  }
  return channels
}

function showKey(world: World, options: Options, json: unknown): void {
  const answer = ChannelWithKey.parse(json)
  if (options.json) printJson(world, answer)
  else world.stdout.write(`The stream key of ${answer.channel.slug}, shown this once:\n${answer.key}\n`)
}
