import { Accounts } from '../accounts/accounts.ts'
import { Audit } from '../accounts/audit.ts'
import { BroadcastHistory } from '../accounts/channels/broadcast-history.ts'
import { ChannelPictures } from '../accounts/channels/channel-pictures.ts'
import { Channels } from '../accounts/channels/channels.ts'
import { KeyUses } from '../accounts/channels/key-uses.ts'
import { PictureFolder } from '../accounts/channels/picture-files.ts'
import { StreamKeys } from '../accounts/channels/stream-keys.ts'
import { Follows } from '../accounts/following/follows.ts'
import { WatchHistory } from '../accounts/following/watch-history.ts'
import { noMail } from '../accounts/people/mail.ts'
import { loadSecrets } from '../accounts/secrets.ts'
import { Sessions } from '../accounts/sign-in/sessions.ts'
import { UnavailableError } from '../base/errors.ts'
import { silentLog } from '../base/log.ts'
import { Moderation } from '../chat/moderation.ts'
import { writtenRecords } from '../chat/written-records.ts'
import type { Config } from '../config/schema.ts'
import { buildHttp } from '../http/build-http.ts'
import type { Insight } from '../http/insight-routes.ts'
import { PageFiles } from '../http/page-files.ts'
import { OFFLINE } from '../insight/ingest/ingest-monitor.ts'
import { Store } from '../store/store.ts'
import { NO_LADDER } from '../transcode/status.ts'
import { makeChat } from './chat.ts'
import type { ApiRequest } from './cli/ports.ts'
import { authSettings, httpSettings } from './config-slices.ts'
import { InstanceLock } from './instance-lock.ts'
import { ladderReport } from './ladder-report.ts'
import { ConfigInForce } from './reload/config-in-force.ts'
import { VERSION } from './version.ts'

const NO_INSIGHT: Insight = {
  ingest: () => ({ ...OFFLINE, ladder: ladderReport(NO_LADDER) }),
  status: async () => {
    throw new UnavailableError('no server runs on this data directory')
  },
}

/**
 * The API on the data directory while no server runs: the same routes, asked without a socket.
 * @throws ConfigError when a server runs after all, or the directory can't be used
 */
export async function openOffline(config: Config): Promise<{ readonly request: ApiRequest; close(): Promise<void> }> {
  const { dataDir } = config.storage
  await using parts = new AsyncDisposableStack()
  const lock = await InstanceLock.take(dataDir)
  parts.defer(() => lock.release())
  const secrets = await loadSecrets(dataDir)
  const store = new Store({ dataDir, log: silentLog })
  await store.start()
  parts.defer(() => store.stop())
  const audit = new Audit(store.audit, silentLog)
  parts.defer(() => audit.close())
  const channels = new Channels(store.channels, secrets.keySecret)
  const uses = new KeyUses(store.keys, silentLog)
  const inForce = new ConfigInForce(config)
  const follows = new Follows(store.follows, channels)
  const watched = new WatchHistory(store.watched, silentLog)
  const accounts: Accounts = new Accounts({
    // No letters: nobody waits here until they are sent.
    ...{ store, channels, audit, mailer: noMail },
    ...{ keySecret: secrets.keySecret, secretKey: config.auth.secretKey, log: silentLog },
    settings: inForce.view(authSettings),
    records: () => [writtenRecords(chat), follows.records(), watched.records()],
  })
  parts.defer(() => accounts.stop())
  const chat = makeChat({ inForce, store, channels, secrets, log: silentLog })
  parts.defer(() => chat.stop())
  const http = await buildHttp({
    settings: inForce.view(httpSettings),
    channels,
    keys: new StreamKeys({ store: store.keys, channels, secret: secrets.keySecret, uses }),
    history: new BroadcastHistory({ store: store.history, channels, log: silentLog }),
    pictures: new ChannelPictures({
      store: store.channels,
      channels,
      files: new PictureFolder(dataDir),
      log: silentLog,
    }),
    admin: secrets.admin,
    accounts,
    follows,
    watched,
    sessions: new Sessions(),
    audit,
    chat,
    moderation: new Moderation(chat, store.chat),
    live: {
      packaged: () => config.packaging.mode !== 'off',
      rewindSeconds: () => config.packaging.dvrSeconds,
      get: () => undefined,
      broadcastId: () => undefined,
      subscribe: () => () => {},
      end: () => false,
      keyInUse: () => undefined,
      revoke: () => false,
      // The next start finds no channel for it, and deletes it.
      forget: () => {},
    },
    pages: await PageFiles.load(''),
    health: { version: VERSION, ports: () => ({}), notReady: () => 'no server runs' },
    insight: NO_INSIGHT,
    reloads: {
      reload: async () => {
        throw new UnavailableError('no server runs on this data directory')
      },
    },
    reports: { quality: () => {}, pageError: () => {}, forget: () => {} },
    metrics: [],
    log: silentLog,
  })
  parts.defer(() => http.close())
  const held = parts.move()
  return {
    request: async (method, path, body) => {
      const answer = await http.inject({
        method: method as 'GET',
        url: path,
        ...(body === undefined ? {} : { payload: body as object }),
      })
      return { status: answer.statusCode, json: answer.body === '' ? undefined : answer.json() }
    },
    close: () => held.disposeAsync(),
  }
}
