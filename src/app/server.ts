import type { Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { Accounts } from '../accounts/accounts.ts'
import { Audit } from '../accounts/audit.ts'
import { BroadcastHistory } from '../accounts/channels/broadcast-history.ts'
import { ChannelPictures } from '../accounts/channels/channel-pictures.ts'
import { type ChannelAndKey, Channels } from '../accounts/channels/channels.ts'
import { KeyUses } from '../accounts/channels/key-uses.ts'
import { PictureFolder } from '../accounts/channels/picture-files.ts'
import { PlayAuthorizer } from '../accounts/channels/play-authorizer.ts'
import { PublishAuthorizer } from '../accounts/channels/publish-authorizer.ts'
import { StreamKeys } from '../accounts/channels/stream-keys.ts'
import { Follows } from '../accounts/following/follows.ts'
import { WatchHistory } from '../accounts/following/watch-history.ts'
import { loadSecrets } from '../accounts/secrets.ts'
import { Sessions } from '../accounts/sign-in/sessions.ts'
import { messageOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { startThread } from '../base/threads.ts'
import { Moderation } from '../chat/moderation.ts'
import { writtenRecords } from '../chat/written-records.ts'
import { adviceOf } from '../config/advice.ts'
import { listenersOf } from '../config/listeners.ts'
import type { Config } from '../config/schema.ts'
import { Edge } from '../deliver/edge/edge.ts'
import { FlvAnswers } from '../deliver/flv/flv-answers.ts'
import { FlvSockets } from '../deliver/flv/flv-sockets.ts'
import { Players } from '../deliver/flv/players.ts'
import { RtmpPlayback } from '../deliver/rtmp/rtmp-players.ts'
import { AddressLimit } from '../http/address-limit.ts'
import { buildHttp, type Http } from '../http/build-http.ts'
import { H2Server } from '../http/h2/h2-server.ts'
import { applyLimits, makeHttpServer } from '../http/http-server.ts'
import { HttpsRedirect } from '../http/https-redirect.ts'
import { problemOf } from '../http/problem.ts'
import { RtmpServer } from '../ingest/rtmp/server.ts'
import { isFineSound } from '../insight/coach/sound-rules.ts'
import type { Broadcast } from '../live/broadcast.ts'
import { Hub } from '../live/hub.ts'
import type { Reader } from '../live/ports.ts'
import { SmtpMailer } from '../mail/smtp-mailer.ts'
import { type Kept, Packager } from '../packager/packager.ts'
import { SegmentStore } from '../segments/segment-store.ts'
import { Store } from '../store/store.ts'
import type { TlsListener } from '../tls/listener.ts'
import { isFor } from '../tls/pair.ts'
import { Stills } from '../transcode/stills/stills.ts'
import { Transcoder } from '../transcode/transcoder.ts'
import { placeMistakes } from './certificate-mistakes.ts'
import { makeChat } from './chat.ts'
import type { Bound, ServeOptions } from './cli/ports.ts'
import {
  authSettings,
  chatOf,
  edgeLimits,
  ffmpegOf,
  httpSettings,
  hubLimits,
  ladderOf,
  mailSettings,
  opusOf,
  playerLimits,
  rtmpLimits,
  slateOf,
  stillSettings,
  transcoderSettings,
  wantsOpus,
} from './config-slices.ts'
import { watchForCrash } from './crash-reports.ts'
import { findFfmpeg } from './ffmpeg.ts'
import { makeDoors, openCertificate } from './https.ts'
import { ServerInsight } from './insight.ts'
import { InstanceLock } from './instance-lock.ts'
import { Ladders } from './ladders/ladders.ts'
import { LastLines } from './last-lines.ts'
import { listen, mustBeFree, type Place } from './listen.ts'
import { HubStates } from './live-facts.ts'
import { makeLog } from './logger.ts'
import { accountMetrics, mailMetrics } from './metrics/account-metrics.ts'
import { certificateMetrics } from './metrics/certificate-metrics.ts'
import { chatMetrics } from './metrics/chat-metrics.ts'
import { segmentMetrics } from './metrics/segment-metrics.ts'
import { stillMetrics } from './metrics/still-metrics.ts'
import { transcodeMetrics } from './metrics/transcode-metrics.ts'
import { momentsOf } from './moments.ts'
import { ConfigInForce } from './reload/config-in-force.ts'
import { DeclaredChannels } from './reload/declared-channels.ts'
import { Reload } from './reload/reload.ts'
import { reloadOnWish } from './reload/wishes.ts'
import { keeperFor, restore } from './segments.ts'
import { mustHaveSlates } from './slate-files.ts'
import { Slates } from './slates.ts'
import { SoundLevels } from './sound-levels.ts'
import { VERSION } from './version.ts'
import { loadWebApp } from './web-app.ts'

/** The channel that a first run makes, so that there is somewhere to broadcast to. */
const FIRST_CHANNEL = { slug: 'main', title: 'Main channel' }
/** Answers under way get so long when the server stops. */
const DRAIN_MS = 3000

/**
 * The whole server, from its configuration to its end: everything is built and wired here, started in order, and stopped
 * in reverse when the signal aborts.
 * @throws ConfigError with a sentence that says what to do: a port in use, a second instance, a directory not writable
 */
export async function serve(
  config: Config,
  { signal, ready, source, onCrash, startThread: start = startThread, ...given }: ServeOptions & { readonly log?: Log },
): Promise<void> {
  await using parts = new AsyncDisposableStack()
  const { dataDir } = config.storage
  // What may change while it runs is read from here; from `config` only what needs a restart.
  const inForce = new ConfigInForce(config)
  const lastLines = new LastLines()
  const logSettings = inForce.view(({ observability }) => observability.log)
  const log = given.log ?? makeLog(logSettings, lastLines)

  for (const sentence of adviceOf(config)) log.warn({}, sentence)
  const lock = await InstanceLock.take(dataDir)
  parts.defer(() => lock.release())
  if (onCrash !== undefined) {
    parts.use(
      watchForCrash({
        ...{ dataDir, ...onCrash },
        broadcasts: () =>
          hub.broadcasts().map(({ id, slug, startedAtMs, packets }) => ({ id, slug, startedAtMs, packets })),
        lastLines: () => lastLines.lines,
      }),
    )
  }
  const web = { ...config.server.http, section: 'server.http' } satisfies Place
  const secureWeb = { ...web, port: config.server.https.port, section: 'server.https' } satisfies Place
  const secureRtmp = { host: config.ingest.rtmp.host, ...config.ingest.rtmps, section: 'ingest.rtmps' } satisfies Place
  // The first run makes secrets that are shown only once, when all is ready: what would stop it must show before.
  await mustBeFree(listenersOf(config))
  const certificate = await placeMistakes(source.where, openCertificate(config, log))
  const ladders = await Ladders.open({ config, ...source })
  await mustHaveSlates(config, source.where)
  const secrets = await loadSecrets(dataDir)
  const store = new Store({ dataDir, log, startThread: start })
  await store.start(signal)
  parts.defer(() => store.stop())
  const audit = new Audit(store.audit, log)
  parts.defer(() => audit.close())
  const channels = new Channels(store.channels, secrets.keySecret)
  const keyUses = new KeyUses(store.keys, log)
  parts.defer(() => keyUses.close())
  const follows = new Follows(store.follows, channels)
  const watched = new WatchHistory(store.watched, log)
  parts.defer(() => watched.close())
  const newChannels = await prepareChannels(config, channels)
  const mailer = new SmtpMailer(inForce.view(mailSettings), log)
  parts.defer(() => mailer.stop())
  const accounts: Accounts = new Accounts({
    ...{ store, channels, audit, mailer, keySecret: secrets.keySecret, secretKey: config.auth.secretKey, log },
    settings: inForce.view(authSettings),
    records: () => [writtenRecords(chat), follows.records(), watched.records()],
  })
  await accounts.start()
  parts.defer(() => accounts.stop())
  const firstAdmin = secrets.newAdminToken === undefined ? undefined : await accounts.firstAdminLink()
  const history = new BroadcastHistory({ store: store.history, channels, log })
  parts.defer(() => history.stop())
  const pictureFiles = new PictureFolder(dataDir)
  const pictures = new ChannelPictures({ store: store.channels, channels, files: pictureFiles, log })

  const segments = new SegmentStore({
    ...{ dataDir, log, startThread: start },
    limits: inForce.view(({ storage }) => storage),
  })
  const found = await segments.start()
  parts.defer(() => segments.stop())
  inForce.onChange(
    ({ storage }) => storage,
    () => segments.limitsChanged(),
  )
  const packager = new Packager({
    packaging: inForce.view(({ packaging }) => packaging),
    keep: keeperFor(segments, inForce),
    reserve: async (broadcast, progress) => {
      try {
        return await store.broadcasts.reserve(broadcast.channel.id, progress)
      } catch (error) {
        log.error({ channel: broadcast.slug, error: messageOf(error) }, 'media sequence numbers could not be reserved')
        throw error
      }
    },
    log,
  })
  parts.defer(() => packager.close())
  const ownFfmpeg = await findFfmpeg(dataDir, log)
  const ffmpeg = (): string => ffmpegOf(inForce.config) ?? ownFfmpeg
  const sound = new SoundLevels({
    ffmpeg,
    // A slate's silence says nothing about the encoder.
    measured: (slug, level) => hub.state(slug)?.slate === false && insight.measured(slug, level),
    fine: ({ peakDb, meanDb }) => isFineSound(peakDb, meanDb),
    log,
  })
  const stills = new Stills({
    ffmpeg,
    settings: inForce.view(stillSettings),
    moments: (slug, broadcastId) => momentsOf(packager.get(slug), broadcastId),
    changed: (slug) => http.channelChanged(slug),
    log,
  })
  const transcoder = new Transcoder({
    settings: inForce.view(transcoderSettings),
    ladderOf: (slug) => ladders.get(ladderOf(inForce.config, slug)),
    opusOf: (slug) => opusOf(inForce.config, slug),
    wantsOpus: () => wantsOpus(inForce.config),
    ffmpeg,
    log,
  })
  await transcoder.start()
  if (config.transcode.ladder !== 'off' || wantsOpus(config)) transcoder.lookForEncoders()
  parts.defer(() => transcoder.stop())
  inForce.onChange(ffmpegOf, () => {
    sound.start()
    stills.start()
    transcoder.ffmpegChanged()
  })
  inForce.onChange(
    ({ transcode }) => transcode.maxBroadcasts,
    () => transcoder.limitsChanged(),
  )
  const players = new Players({ authorizer: new PlayAuthorizer(), limits: inForce.view(playerLimits), log })
  players.start()
  parts.defer(() => players.stop())
  const slates = new Slates({
    ffmpeg,
    settingOf: (slug) => slateOf(inForce.config, slug),
    posterOf: async (slug) => {
      const { poster } = await channels.get(slug)
      return poster === null ? undefined : pictureFiles.pathOf({ slug, file: poster.file })
    },
    presentationOf: (slug) => packager.get(slug),
    log,
  })
  parts.defer(() => slates.stop())
  const resumed = new Map<string, Kept>()
  const packaged = (broadcast: Broadcast): readonly Reader[] => {
    const presentation = packager.open(broadcast, resumed.get(broadcast.id))
    // The source first: a rung follows what its playlist has of it, and so does another form of the sound.
    return [
      presentation,
      transcoder.reader(broadcast, presentation.rungs),
      transcoder.soundReader(broadcast, presentation.opus),
    ].filter((reader) => reader !== undefined)
  }
  const hub: Hub = new Hub({
    limits: inForce.view(hubLimits),
    store: store.broadcasts,
    log,
    readers: (broadcast: Broadcast) => [
      ...(inForce.config.packaging.mode === 'off' ? [] : packaged(broadcast)),
      sound.reader(broadcast),
      stills.reader(broadcast),
      players.open(broadcast),
    ],
    slate: (broadcast, publication) => slates.begin(broadcast, publication),
    progress: (broadcast: Broadcast) => packager.progress(broadcast),
    keyUsed: (keyId) => keyUses.note(keyId),
  })
  const edge = new Edge({
    packager,
    limits: inForce.view(edgeLimits),
    onCmcd: (slug, cmcd) => insight.note(slug, cmcd),
    flv: { answers: new FlvAnswers(players, problemOf), sockets: new FlvSockets(players) },
    stills,
  })
  const rtmp = new RtmpServer({
    ...config.ingest.rtmp,
    open: config.ingest.open,
    limits: inForce.view(rtmpLimits),
    authorizer: new PublishAuthorizer(channels, { open: config.ingest.open }),
    input: hub,
    players: new RtmpPlayback(players),
    readsAtOnce: () => inForce.config.packaging.flvMergeMs === 0,
    log,
  })

  const chat = makeChat({ inForce, store, channels, secrets, hub, log })
  chat.start()
  inForce.onChange(chatOf, () => chat.settingsChanged())
  parts.defer(() => chat.stop())

  let state: string | undefined = 'the server is starting'
  const bound: { [service in 'http' | 'https' | 'rtmp' | 'rtmps']: number | null } = {
    ...{ http: null, https: null, rtmp: null, rtmps: null },
  }
  const insight: ServerInsight = new ServerInsight({
    ...{ dataDir, hub, rtmp, edge, players, packager, store, channels, sound, transcoder, history, log },
    viewers: (slug): number => http.viewers.count(slug),
    ports: () => bound,
    sockets: (): number => http.sockets(),
  })
  const declared = new DeclaredChannels({
    channels,
    onChanged: (slug) => http.channelChanged(slug),
    onRekeyed: ({ slug, revoked }) => hub.revoke(slug, revoked, 'the stream key was changed'),
  })
  inForce.prepare(async ({ server }, where) => {
    const use = await placeMistakes(where, Promise.resolve(certificate?.prepare?.(server.https)))
    return async () => use?.()
  })
  inForce.prepare(async (config, where) => {
    await mustHaveSlates(config, where)
    return async () => {}
  })
  inForce.prepare(declared.prepare)
  // Last: nothing is waited for between a ladder and the setting that names it.
  inForce.prepare(ladders.prepare)
  const reload = new Reload({ inForce, declared, source, audit, log })
  const http: Http = await buildHttp({
    settings: inForce.view(httpSettings),
    channels,
    keys: new StreamKeys({ store: store.keys, channels, secret: secrets.keySecret, uses: keyUses }),
    pictures,
    history,
    admin: secrets.admin,
    accounts,
    follows,
    watched,
    sessions: new Sessions(),
    audit,
    chat,
    moderation: new Moderation(chat, store.chat),
    live: new HubStates(
      hub,
      packager,
      stills,
      inForce.view(({ packaging }) => packaging),
      ({ id }) => segments.removeChannel(id),
    ),
    pages: await loadWebApp(),
    health: { version: VERSION, ports: () => bound, notReady: () => state },
    insight,
    reports: insight,
    reloads: reload,
    metrics: [
      ...[
        ...insight.metrics(),
        () => accountMetrics(accounts),
        () => mailMetrics(mailer),
        () => chatMetrics(chat),
        () => reload.metrics(),
        () => segmentMetrics(segments),
        () => stillMetrics(stills),
        () => transcodeMetrics(transcoder),
      ],
      ...(certificate === undefined ? [] : [() => certificateMetrics(certificate)]),
    ],
    acmeAnswer: (token) => certificate?.challenges?.answer(token),
    log,
  })
  inForce.onChange(chatOf, () => http.channelsChanged())
  const limits = inForce.view((config) => config.limits.http)
  const perAddress = new AddressLimit(limits)
  const redirect = redirects(config)
    ? new HttpsRedirect({
        settings: inForce.view(({ server }) => server),
        httpsPort: () => bound.https,
        isOurs: (host) => certificate !== undefined && isFor(certificate.certificates.current, host),
      })
    : undefined
  const webServer = makeHttpServer({ http, edge, limits, perAddress, redirect })
  const local = makeHttpServer({ http, edge, limits, local: true })
  const h2 = new H2Server({ edge, server: webServer, limits })
  const rtmpsPerAddress = new AddressLimit(inForce.view((config) => config.limits.rtmp))
  const doors =
    certificate === undefined
      ? undefined
      : makeDoors(
          config,
          certificate,
          { https: (socket) => h2OrOlder(socket, h2, webServer), rtmps: (socket) => rtmp.take(socket) },
          { https: (address) => perAddress.enter(address), rtmps: (address) => rtmpsPerAddress.enter(address) },
        )
  parts.defer(() => closeServers(http, edge, [webServer, local], doors && { ...doors, h2 }, log))
  inForce.onChange(
    (config) => config.limits.http,
    (now) => {
      for (const server of [webServer, local]) applyLimits(server, now)
      if (doors !== undefined) doors.https.server.maxConnections = now.connections
    },
  )
  inForce.onChange(
    (config) => config.limits.rtmp.connections,
    (most) => {
      if (doors !== undefined) doors.rtmps.server.maxConnections = most
    },
  )
  lock.serve((socket: Socket) => local.emit('connection', socket))

  // Nothing waits for it.
  void pictures.tidy().catch((error) => log.warn({ error: messageOf(error) }, 'old pictures could not be removed'))
  await restore(found, { config, store, segments, packager, hub, resumed, log })
  stills.start()
  parts.defer(() => stills.stop())
  await hub.start()
  parts.defer(() => hub.stop('the server is stopping'))
  await insight.start()
  parts.defer(() => insight.stop())
  await listen(webServer, web)
  await rtmp.start(signal)
  parts.defer(async () => {
    const closed = doors?.rtmps.close()
    await rtmp.stop('the server is stopping')
    await closed
  })
  if (doors !== undefined) {
    await listen(doors.https.server, secureWeb)
    await listen(doors.rtmps.server, secureRtmp)
  }
  parts.defer(() => {
    state = 'the server is stopping'
  })

  const info = {
    http: boundOf(webServer.address()),
    rtmp: boundOf(rtmp.address()),
    ...(certificate !== undefined &&
      doors !== undefined && {
        secure: {
          https: boundOf(doors.https.server.address()),
          rtmps: boundOf(doors.rtmps.server.address()),
          certificate: certificate.certificates.current,
        },
      }),
    made: {
      channels: newChannels.map(({ channel, key }) => ({ slug: channel.slug, key })),
      adminToken: secrets.newAdminToken,
      firstAdmin: firstAdmin?.path,
    },
  }
  bound.http = info.http.port
  bound.rtmp = info.rtmp.port
  bound.https = info.secure?.https.port ?? null
  bound.rtmps = info.secure?.rtmps.port ?? null
  // Now that it answers: an authority may ask back at once.
  certificate?.start()
  parts.defer(() => certificate?.stop())
  state = undefined
  await ready(info)
  if (secrets.newAdminToken !== undefined) await secrets.told()
  parts.use(reloadOnWish({ inForce, reload, source }))
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
  log.info({ reason: messageOf(signal.reason) }, 'the server stops')
}

/** Channels of the file, and on a first run one to begin with. @returns those whose key must be shown */
async function prepareChannels(config: Config, channels: Channels): Promise<readonly ChannelAndKey[]> {
  const { made } = await channels.applyDeclared(config.channels)
  if ((await channels.count()) > 0 || config.ingest.open) return made
  return [await channels.create(FIRST_CHANNEL)]
}

function boundOf(address: AddressInfo | string | null): Bound {
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port')
  return { host: address.address, port: address.port }
}

/** Whether plain HTTP is sent on. */
function redirects({ server: { https } }: Config): boolean {
  if (https.mode === 'off' || https.redirect === 'off') return false
  return https.redirect === 'on' || https.mode !== 'self-signed'
}

/** Speaks what TLS agreed on. */
function h2OrOlder(socket: TLSSocket, h2: H2Server, server: Server): void {
  if (socket.alpnProtocol === 'h2') h2.take(socket)
  else server.emit('connection', socket)
}

/** No more requests; those that wait are answered, those under way may finish, idle connections close. */
async function closeServers(
  http: Http,
  edge: Edge,
  servers: readonly Server[],
  secure: { readonly https: TlsListener; readonly h2: H2Server } | undefined,
  log: Log,
): Promise<void> {
  const closed = servers.map(
    (server) => new Promise<void>((resolve) => (server.listening ? server.close(() => resolve()) : resolve())),
  )
  const secureClosed = secure?.https.close()
  edge.stop()
  secure?.h2.goAway()
  const cut = setTimeout(() => {
    for (const server of servers) server.closeAllConnections()
    secure?.https.destroyAll()
  }, DRAIN_MS)
  for (const server of servers) server.closeIdleConnections()
  await http.close().catch((error: unknown) => log.warn({ error: messageOf(error) }, 'closing HTTP failed'))
  for (const server of servers) server.closeIdleConnections()
  await Promise.all([...closed, secureClosed])
  clearTimeout(cut)
}
