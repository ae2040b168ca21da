import { MalformedError, messageOf, NotFoundError, RefusedError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { splitAggregate } from '../../formats/rtmp/aggregate.ts'
import { type AmfValue, amfNumber, amfObject, amfString } from '../../formats/rtmp/amf-value.ts'
import { type Command, onStatus, readCommand, writeCommand } from '../../formats/rtmp/command.ts'
import {
  EventType,
  readControlNumber,
  readUserControl,
  setChunkSize,
  setPeerBandwidth,
  userControl,
  windowAckSize,
} from '../../formats/rtmp/control.ts'
import { type Message, MessageType } from '../../formats/rtmp/message.ts'
import type { RtmpPlayerConnection, RtmpPlayers, RtmpPlaying } from '../../live/playing.ts'
import type { Authorizer, ChannelRef, LiveInput, Publication, Publisher } from '../../live/ports.ts'
import { type MediaDescription, MediaInput } from './media-input.ts'
import { APP, readApp, readStreamAddress } from './stream-address.ts'

const OUT_CHUNK_SIZE = 4096
const WINDOW = 2_500_000
const COMMAND_CHUNK_STREAM = 3
const STATUS_CHUNK_STREAM = 5
/** Message streams that one connection may have at a time. */
const MAX_STREAMS = 8

/** What a session that plays needs. */
export type PlayPorts = {
  readonly players: RtmpPlayers
  /** What the media is written to. */
  readonly outlet: Pick<RtmpPlayerConnection, 'write' | 'waiting'>
  /** The peer plays now, or no longer: limits and deadline change. */
  changed(yes: boolean): void
}

/** What a session needs of the server and of its connection. */
export type SessionPorts = {
  readonly authorizer: Authorizer
  readonly input: LiveInput
  readonly log: Log
  readonly publisher: Publisher
  /** Undefined: this server only takes in. */
  readonly playing?: PlayPorts | undefined
  send(message: Message): void
  /** The peer may publish now, or may no longer: limits and deadline change. */
  publishing(yes: boolean): void
  /** The peer wants an acknowledgement every so many bytes. */
  acknowledgeEvery(bytes: number): void
  /** Says the last words, if any are left, and ends the connection. */
  close(reason: string): void
}

type App = { readonly rest: string; readonly query: string }
type Publishing = {
  readonly streamId: number
  readonly channel: ChannelRef
  readonly publication: Publication
  readonly media: MediaInput
}
type Playing = { readonly streamId: number; readonly slug: string; readonly playing: RtmpPlaying }
type State =
  | { readonly kind: 'new' }
  | { readonly kind: 'connected'; readonly app: App }
  | { readonly kind: 'publishing'; readonly app: App; readonly to: Publishing }
  | { readonly kind: 'playing'; readonly app: App; readonly from: Playing }
  | { readonly kind: 'ended' }

/** The commands and media of one RTMP connection, RTMP 1.0 section 7, from `connect` on. Knows no socket. */
export class Session {
  readonly #ports: SessionPorts
  readonly #streams = new Set<number>()
  #nextStreamId = 1
  #state: State = { kind: 'new' }
  #strayMessages = 0

  constructor(ports: SessionPorts) {
    this.#ports = ports
  }

  get state(): State['kind'] {
    return this.#state.kind
  }

  /** Somebody is shown what it publishes as soon as it comes. */
  get isAwaited(): boolean {
    return this.#state.kind === 'publishing' && this.#state.to.publication.isAwaited === true
  }

  describe(): {
    state: string
    channel: ChannelRef | undefined
    media: MediaDescription | undefined
    strayMessages: number
  } {
    const to = this.#state.kind === 'publishing' ? this.#state.to : undefined
    return {
      state: this.#state.kind,
      channel: to?.channel,
      media: to?.media.describe(),
      strayMessages: this.#strayMessages,
    }
  }

  /**
   * Takes one message. While the answer is a promise that is not settled, it must get no other.
   * @throws MalformedError, RefusedError: they end the connection
   */
  handle(message: Message): Promise<void> | undefined {
    switch (message.typeId) {
      case MessageType.video:
        this.#media(message)?.media.video(message.timestamp, message.payload)
        return undefined
      case MessageType.audio:
        this.#media(message)?.media.audio(message.timestamp, message.payload)
        return undefined
      case MessageType.dataAmf0:
        this.#media(message)?.media.metadata(message.payload)
        return undefined
      case MessageType.dataAmf3: // a format byte, then as AMF0
        this.#media(message)?.media.metadata(message.payload.subarray(1))
        return undefined
      case MessageType.aggregate:
        for (const part of splitAggregate(message)) this.#aggregated(part)
        return undefined
      case MessageType.commandAmf0:
      case MessageType.commandAmf3:
        return this.#command(message, readCommand(message.payload, message.typeId === MessageType.commandAmf3))
      case MessageType.userControl:
        this.#userControl(message)
        return undefined
      case MessageType.windowAckSize:
        this.#ports.acknowledgeEvery(readControlNumber(message.payload))
        return undefined
      // We send too little to wait for acknowledgements or to heed a bandwidth, and share no objects.
      case MessageType.acknowledgement:
      case MessageType.setPeerBandwidth:
      case MessageType.sharedObjectAmf0:
      case MessageType.sharedObjectAmf3:
        return undefined
      default:
        throw new MalformedError(`message type ${message.typeId}`)
    }
  }

  /** The connection is over. Idempotent. */
  ended(): void {
    if (this.#state.kind === 'publishing') this.#state.to.publication.end('lost')
    if (this.#state.kind === 'playing') this.#state.from.playing.stop()
    this.#state = { kind: 'ended' }
  }

  /** Tells the peer why the server ends the connection. */
  sayGoodbye(code: string, description: string): void {
    const state = this.#state
    const streamId =
      state.kind === 'publishing' ? state.to.streamId : state.kind === 'playing' ? state.from.streamId : 0
    if (state.kind !== 'new') this.#sendStatus(streamId, 'error', code, description)
  }

  /** Tells the peer what was wrong with what it sent. */
  sayError(error: unknown): void {
    const what = this.#state.kind === 'playing' ? 'Play' : 'Publish'
    if (error instanceof RefusedError) this.sayGoodbye('NetStream.Publish.Rejected', error.message)
    else if (error instanceof MalformedError) this.sayGoodbye(`NetStream.${what}.Failed`, error.message)
    else this.sayGoodbye(`NetStream.${what}.Failed`, 'the server failed')
  }

  #media(message: Message): Publishing | undefined {
    if (this.#state.kind === 'publishing' && this.#state.to.streamId === message.messageStreamId) return this.#state.to
    this.#strayMessages++
    return undefined
  }

  #aggregated(part: Message): void {
    const { typeId } = part
    if (typeId === MessageType.audio || typeId === MessageType.video || typeId === MessageType.dataAmf0)
      this.handle(part)
    else this.#strayMessages++
  }

  #userControl(message: Message): void {
    const { eventType, values } = readUserControl(message.payload)
    if (eventType === EventType.pingRequest) {
      this.#ports.send(userControl({ eventType: EventType.pingResponse, values }))
    }
  }

  #command(message: Message, command: Command): Promise<void> | undefined {
    const { name, transactionId } = command
    if (name === 'connect') {
      this.#connect(command)
      return undefined
    }
    const state = this.#state
    if (state.kind === 'ended') return undefined
    if (state.kind === 'new') throw new MalformedError('a command before connect')
    switch (name) {
      case 'createStream':
        this.#createStream(transactionId)
        return undefined
      case 'publish':
        return this.#publish(state, message.messageStreamId, command)
      case 'play':
        return this.#play(state, message.messageStreamId, command)
      case 'pause':
        this.#pause(command)
        return undefined
      case 'seek':
        this.#sendStatus(message.messageStreamId, 'error', 'NetStream.Seek.Failed', 'a live stream has no other place')
        return undefined
      case 'deleteStream': {
        const streamId = command.values[1]
        if (typeof streamId === 'number') this.#closeStream(streamId)
        if (typeof streamId === 'number') this.#streams.delete(streamId)
        return undefined
      }
      case 'closeStream':
        this.#closeStream(message.messageStreamId)
        return undefined
      case 'FCSubscribe':
        this.#sendFc('onFCSubscribe', 'NetStream.Play.Start')
        this.#result(transactionId, undefined)
        return undefined
      case 'FCUnpublish':
        // The stream's name would be in it; a connection publishes only one.
        this.#sendFc('onFCUnpublish', 'NetStream.Unpublish.Success')
        this.#result(transactionId, undefined)
        if (state.kind === 'publishing') this.#unpublish(state.to.streamId)
        return undefined
      case 'releaseStream':
      case 'FCPublish':
      case '_checkbw':
        this.#result(transactionId, undefined)
        return undefined
      case 'getStreamLength':
        this.#result(transactionId, 0)
        return undefined
      case '_result':
      case '_error':
      case 'onStatus':
        return undefined
      default:
        this.#error(transactionId, 'NetConnection.Call.Failed', 'the server does not know this command')
        return undefined
    }
  }

  #connect(command: Command): void {
    if (this.#state.kind !== 'new') throw new MalformedError('a second connect')
    const [info] = command.values
    const app = readApp(amfString(info, 'app'), amfString(info, 'tcUrl'))
    if (app === undefined) {
      const description = `the address must be rtmp://HOST/${APP}, then the stream key`
      this.#error(command.transactionId, 'NetConnection.Connect.Rejected', description)
      this.#state = { kind: 'ended' }
      this.#ports.close('refused: the application is not known')
      return
    }
    this.#state = { kind: 'connected', app }
    this.#ports.send(windowAckSize(WINDOW))
    this.#ports.send(setPeerBandwidth(WINDOW))
    this.#ports.send(setChunkSize(OUT_CHUNK_SIZE))
    this.#ports.send(userControl({ eventType: EventType.streamBegin, values: [0] }))
    this.#send(0, {
      name: '_result',
      transactionId: command.transactionId,
      values: [
        amfObject({ fmsVer: 'FMS/3,5,7,7009', capabilities: 31, mode: 1 }),
        amfObject({
          level: 'status',
          code: 'NetConnection.Connect.Success',
          description: 'Connected.',
          objectEncoding: amfNumber(info, 'objectEncoding') === 3 ? 3 : 0,
        }),
      ],
    })
  }

  #createStream(transactionId: number): void {
    if (this.#streams.size >= MAX_STREAMS) throw new RefusedError('LIMIT', `more than ${MAX_STREAMS} message streams`)
    const streamId = this.#nextStreamId++
    this.#streams.add(streamId)
    this.#result(transactionId, streamId)
  }

  async #publish(state: Exclude<State, { kind: 'new' | 'ended' }>, streamId: number, command: Command): Promise<void> {
    if (state.kind !== 'connected') {
      const words = state.kind === 'playing' ? 'this connection plays' : 'this connection publishes already'
      this.#refuse(streamId, 'NetStream.Publish.BadName', words, `a publish where ${words}`)
      return
    }
    if (!this.#streams.has(streamId))
      throw new MalformedError(`publish on message stream ${streamId}, which was not created`)
    const streamName = command.values[1]
    const address = readStreamAddress(state.app, typeof streamName === 'string' ? streamName : '')
    const answer = await this.#ports.authorizer.authorizePublish(address.name, address.key)
    // The peer may be gone by now.
    if (this.#state !== state) return
    if (!answer.allowed) {
      const code = answer.code === 'disabled' ? 'NetStream.Publish.Denied' : 'NetStream.Publish.BadName'
      this.#refuse(streamId, code, answer.message, answer.code)
      return
    }
    const { channel, keyId } = answer
    const publication = await this.#openPublication(channel, keyId, streamId)
    if (publication === undefined) return
    if (this.#state !== state) {
      publication.end('lost')
      return
    }
    const media = new MediaInput(publication, (tracks) =>
      this.#ports.log.info({ channel: channel.slug }, `is publishing to ${channel.slug}: ${tracks}`),
    )
    this.#state = { kind: 'publishing', app: state.app, to: { streamId, channel, publication, media } }
    this.#ports.publishing(true)
    this.#ports.send(userControl({ eventType: EventType.streamBegin, values: [streamId] }))
    this.#sendFc('onFCPublish', 'NetStream.Publish.Start')
    this.#sendStatus(streamId, 'status', 'NetStream.Publish.Start', `Publishing to ${channel.slug}.`)
  }

  async #openPublication(
    channel: ChannelRef,
    keyId: string | undefined,
    streamId: number,
  ): Promise<Publication | undefined> {
    try {
      return await this.#ports.input.publish(channel, this.#ports.publisher, keyId)
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error
      this.#refuse(streamId, 'NetStream.Publish.Rejected', error.message, messageOf(error))
      return undefined
    }
  }

  async #play(state: Exclude<State, { kind: 'new' | 'ended' }>, streamId: number, command: Command): Promise<void> {
    const ports = this.#ports.playing
    if (ports === undefined || state.kind !== 'connected') {
      const words =
        ports === undefined ? 'this server does not play over RTMP' : 'this connection has its stream already'
      this.#sendStatus(streamId, 'error', 'NetStream.Play.Failed', words)
      return
    }
    if (!this.#streams.has(streamId))
      throw new MalformedError(`play on message stream ${streamId}, which was not created`)
    const streamName = command.values[1]
    const { name: slug, query } = readStreamAddress(state.app, typeof streamName === 'string' ? streamName : '')
    try {
      const playing = await ports.players.play({ slug, query }, this.#player(streamId, ports))
      // The peer may be gone by now, or the broadcast over.
      if (this.#state !== state) return playing.stop()
      this.#state = { kind: 'playing', app: state.app, from: { streamId, slug, playing } }
      ports.changed(true)
      this.#ports.log.info({ channel: slug }, `is playing ${slug}`)
    } catch (error) {
      const unknown = error instanceof NotFoundError
      if (!unknown && !(error instanceof RefusedError)) throw error
      this.#refuse(streamId, `NetStream.Play.${unknown ? 'StreamNotFound' : 'Failed'}`, error.message, error.message)
    }
  }

  #player(streamId: number, { outlet }: PlayPorts): RtmpPlayerConnection {
    return {
      streamId,
      send: (message) => this.#ports.send(message),
      write: (chunks) => outlet.write(chunks),
      get waiting() {
        return outlet.waiting
      },
      close: (reason) => this.#ports.close(reason),
    }
  }

  /** RTMP 1.0 7.2.2.8: null, whether to pause, and the player's time, which a live stream has no use for. */
  #pause(command: Command): void {
    if (this.#state.kind === 'playing') this.#state.from.playing.pause(command.values[1] === true)
  }

  #refuse(streamId: number, code: string, description: string, reason: string): void {
    this.#sendStatus(streamId, 'error', code, description)
    this.#ports.close(`refused: ${reason}`)
  }

  #closeStream(streamId: number): void {
    const state = this.#state
    if (state.kind !== 'playing' || state.from.streamId !== streamId) {
      this.#unpublish(streamId)
      return
    }
    this.#state = { kind: 'connected', app: state.app }
    state.from.playing.stop()
    this.#ports.playing?.changed(false)
    this.#sendStatus(streamId, 'status', 'NetStream.Play.Stop', `No longer playing ${state.from.slug}.`)
  }

  /** A clean goodbye of the encoder. */
  #unpublish(streamId: number): void {
    const state = this.#state
    if (state.kind !== 'publishing' || state.to.streamId !== streamId) return
    this.#state = { kind: 'connected', app: state.app }
    state.to.publication.end('unpublished')
    this.#ports.publishing(false)
    this.#sendStatus(
      streamId,
      'status',
      'NetStream.Unpublish.Success',
      `No longer publishing to ${state.to.channel.slug}.`,
    )
  }

  #result(transactionId: number, value: AmfValue): void {
    if (transactionId !== 0) this.#send(0, { name: '_result', transactionId, values: [null, value] })
  }

  #error(transactionId: number, code: string, description: string): void {
    if (transactionId === 0) return
    this.#send(0, { name: '_error', transactionId, values: [null, amfObject({ level: 'error', code, description })] })
  }

  #sendFc(name: string, code: string): void {
    this.#send(0, { name, transactionId: 0, values: [null, amfObject({ code, description: '' })] })
  }

  #sendStatus(streamId: number, level: 'status' | 'error', code: string, description: string): void {
    this.#send(streamId, onStatus(level, code, description))
  }

  #send(messageStreamId: number, command: Command): void {
    this.#ports.send({
      chunkStreamId: messageStreamId === 0 ? COMMAND_CHUNK_STREAM : STATUS_CHUNK_STREAM,
      timestamp: 0,
      typeId: MessageType.commandAmf0,
      messageStreamId,
      payload: writeCommand(command),
    })
  }
}
