import { parentPort } from 'node:worker_threads'
import { threadSettings } from '../base/thread-settings.ts'
import { kyselyApiTokens } from './kysely-api-tokens.ts'
import { kyselyAudit } from './kysely-audit.ts'
import { kyselyBroadcastHistory } from './kysely-broadcast-history.ts'
import { kyselyBroadcasts } from './kysely-broadcasts.ts'
import { kyselyChannels } from './kysely-channels.ts'
import { kyselyChat } from './kysely-chat.ts'
import { kyselyDevices } from './kysely-devices.ts'
import { kyselyFollows } from './kysely-follows.ts'
import { kyselyLinks } from './kysely-links.ts'
import { kyselyMembers } from './kysely-members.ts'
import { kyselyPeople } from './kysely-people.ts'
import { kyselySigningKeys } from './kysely-signing-keys.ts'
import { kyselyStreamKeys } from './kysely-stream-keys.ts'
import { kyselyWatched } from './kysely-watched.ts'
import { openDatabase } from './open-database.ts'
import { type FromWorker, PORT_METHODS, type StorePorts, type ToWorker, type WorkerSettings } from './protocol.ts'
import { toWire } from './wire-error.ts'

/**
 * The store's thread: node:sqlite is synchronous, and a slow disk must hold up nobody but those who wait for the answer.
 * Calls run one after the other in the order they were sent (SQLite has one writer anyway).
 */
const port = parentPort
if (port === null) throw new Error('this file is the entry of a worker thread')

const { path } = await threadSettings<WorkerSettings>(port)
const say = (message: FromWorker): void => port.postMessage(message)

try {
  const database = await openDatabase(path)
  const ports: StorePorts = {
    channels: kyselyChannels(database),
    keys: kyselyStreamKeys(database),
    broadcasts: kyselyBroadcasts(database),
    history: kyselyBroadcastHistory(database),
    audit: kyselyAudit(database),
    chat: kyselyChat(database),
    people: kyselyPeople(database),
    devices: kyselyDevices(database),
    links: kyselyLinks(database),
    members: kyselyMembers(database),
    apiTokens: kyselyApiTokens(database),
    follows: kyselyFollows(database),
    watched: kyselyWatched(database),
    signingKeys: kyselySigningKeys(database),
  }
  let turn: Promise<void> = Promise.resolve()
  port.on('message', (message: ToWorker) => {
    turn = turn.then(() => (message.type === 'close' ? close() : answer(ports, message)))
  })
  const close = async (): Promise<void> => {
    await database.destroy()
    port.close()
  }
  say({ type: 'ready' })
} catch (error) {
  say({ type: 'failed', error: toWire(error) })
  port.close()
}

async function answer(ports: StorePorts, call: Extract<ToWorker, { type: 'call' }>): Promise<void> {
  try {
    if (!Object.hasOwn(PORT_METHODS[call.port], call.method)) throw new Error(`no method ${call.port}.${call.method}`)
    // The proxy on the other side is typed by the same port; between the threads there are only names and values.
    const methods = ports[call.port] as unknown as Record<string, (...args: readonly unknown[]) => Promise<unknown>>
    say({ type: 'value', id: call.id, value: await methods[call.method]?.(...call.args) })
  } catch (error) {
    say({ type: 'error', id: call.id, error: toWire(error) })
  }
}
