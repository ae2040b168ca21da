import { type Command, Option } from 'commander'
import { ChannelRole, Person, PersonList, PersonRole } from '../../contract/people.ts'
import { expectOk, withApi } from './api-client.ts'
import { loadFor, printJson, printTable, withConfig, withJson } from './command.ts'
import { CommandError } from './exit.ts'
import type { ApiRequest, World } from './ports.ts'

type Options = {
  readonly config?: string
  readonly json?: boolean
  readonly name?: string
  readonly role?: string
  readonly channel?: string
  readonly password: boolean
}

const PAGE = 100
const ROLES = PersonRole.options
const CHANNEL_ROLES = [...ChannelRole.options, 'none'] as const

export function userCommand(program: Command, world: World): void {
  const user = program.command('user').description('make, list and change people’s accounts')
  const act = async (options: Options, action: (request: ApiRequest) => Promise<void>) => {
    const { config } = await loadFor(world, options)
    await withApi(config, world.loadOffline, action)
  }

  withJson(withConfig(user.command('create <email>')))
    .description('make an account; asks for its password, or takes the first line of what is piped in')
    .option('--name <name>', 'what the person is called (default: what stands before the @)')
    .addOption(new Option('--role <role>', 'what they may do').choices(ROLES).default('viewer'))
    .option('--no-password', 'without one: nobody can sign in until `set-password`')
    .action((email: string, options: Options) =>
      act(options, async (request) => {
        const name = options.name ?? email.split('@')[0]
        const password = options.password ? await world.readSecret(`Password for ${email}: `) : undefined
        const body = { email, name, role: options.role, password }
        const made = Person.parse(await expectOk(request('POST', '/api/v1/people', body)))
        if (options.json) printJson(world, made)
        else world.stdout.write(`${made.name} <${made.email}> has an account: ${made.role}.\n`)
      }),
    )

  withJson(withConfig(user.command('list')))
    .description('list the accounts')
    .addOption(new Option('--role <role>', 'only those').choices(ROLES))
    .action((options: Options) =>
      act(options, async (request) => {
        const people = await listAll(request, options.role === undefined ? {} : { role: options.role })
        if (options.json) return printJson(world, people)
        const rows = people.map(({ email, name, role, disabled, lastSeenAt }) => [
          email,
          disabled ? `${role}, disabled` : role,
          lastSeenAt?.slice(0, 10) ?? 'never',
          name,
        ])
        printTable(world, [['E-MAIL', 'ROLE', 'SEEN', 'NAME'], ...rows])
      }),
    )

  withConfig(user.command('set-password <email>'))
    .description('set somebody’s password; they are signed out everywhere')
    .action((email: string, options: Options) =>
      act(options, async (request) => {
        const { id, name } = await find(request, email)
        const password = await world.readSecret(`New password for ${email}: `)
        await expectOk(request('PUT', `${pathOf(id)}/password`, { password }))
        world.stdout.write(`${name} has a new password, and is signed out everywhere.\n`)
      }),
    )

  const roles = `one of ${ROLES.join(', ')}; in a channel one of ${CHANNEL_ROLES.join(', ')}`
  withConfig(user.command('grant <email>').argument('<role>', roles))
    .description('change what somebody may do, on the server or in one channel')
    .option('--channel <name>', 'what they are in this channel')
    .action((email: string, role: string, options: Options) =>
      act(options, async (request) => {
        if (options.channel !== undefined) return grantInChannel(request, email, role, options.channel)
        const wanted = PersonRole.safeParse(role)
        if (!wanted.success) {
          const hint = isChannelRole(role) ? ` ${role} is one of a channel: say which with --channel.` : ''
          throw new CommandError(`A role is one of ${ROLES.join(', ')}.${hint}`, 2)
        }
        const { id } = await find(request, email)
        const changed = Person.parse(await expectOk(request('PATCH', pathOf(id), { role: wanted.data })))
        world.stdout.write(`${changed.name} is ${changed.role} now.\n`)
      }),
    )

  const grantInChannel = async (request: ApiRequest, email: string, role: string, slug: string): Promise<void> => {
    if (!isChannelRole(role)) throw new CommandError(`A role in a channel is one of ${CHANNEL_ROLES.join(', ')}.`, 2)
    const { id, name } = await find(request, email)
    const path = `/api/v1/channels/${encodeURIComponent(slug)}/members/${encodeURIComponent(id)}`
    await expectOk(role === 'none' ? request('DELETE', path) : request('PUT', path, { role }))
    world.stdout.write(role === 'none' ? `${name} is nobody in ${slug} now.\n` : `${name} is ${role} in ${slug} now.\n`)
  }

  for (const [word, disabled] of [
    ['disable', true],
    ['enable', false],
  ] as const) {
    withConfig(user.command(`${word} <email>`))
      .description(disabled ? 'sign somebody out everywhere and let them in no more' : 'let somebody sign in again')
      .action((email: string, options: Options) =>
        act(options, async (request) => {
          const { id, name } = await find(request, email)
          await expectOk(request('PATCH', pathOf(id), { disabled }))
          world.stdout.write(disabled ? `${name} can’t sign in any more.\n` : `${name} can sign in again.\n`)
        }),
      )
  }
}

function isChannelRole(role: string): role is (typeof CHANNEL_ROLES)[number] {
  return CHANNEL_ROLES.some((one) => one === role)
}

function pathOf(id: string): string {
  return `/api/v1/people/${encodeURIComponent(id)}`
}

async function find(request: ApiRequest, email: string): Promise<Person> {
  const found = await listAll(request, { query: email })
  const person = found.find((each) => each.email.toLowerCase() === email.trim().toLowerCase())
  if (person === undefined) throw new CommandError(`There is no account for ${email}.`)
  return person
}

async function listAll(request: ApiRequest, query: Readonly<Record<string, string>>): Promise<Person[]> {
  const people: Person[] = []
  let cursor: string | null = null
  do {
    const search = new URLSearchParams({ ...query, limit: String(PAGE), ...(cursor === null ? {} : { cursor }) })
    const page = PersonList.parse(await expectOk(request('GET', `/api/v1/people?${search}`)))
    people.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== null)
  return people
}
