import type { Socket } from 'node:net'
import { MalformedError, messageOf, RefusedError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { READ_BYTES } from '../../base/shared-reads.ts'
import { ChunkDecoder, type ChunkLimits } from '../../formats/rtmp/chunk-decoder.ts'
import { ChunkEncoder } from '../../formats/rtmp/chunk-encoder.ts'
import { acknowledgement } from '../../formats/rtmp/control.ts'
import { ServerHandshake } from '../../formats/rtmp/handshake.ts'
import type { Message } from '../../formats/rtmp/message.ts'
import type { RtmpPlayers } from '../../live/playing.ts'
import type { Authorizer, LiveInput, Publisher } from '../../live/ports.ts'
import type { RtmpLimits } from './limits.ts'
import { type PublisherReads, publisherReads } from './publisher-reads.ts'
import type { ReadTicks } from './read-ticks.ts'
import { Session } from './session.ts'

/** Unsent answers of a peer that does not read. */
const MAX_UNSENT_BYTES = 65_536
/** Full reads of one publisher at a tick, before the others have their turn. */
const READS_AT_A_TICK = 16
/** Ticks without a frame: a publisher that sends so seldom is read by events again, at once when something comes. */
const EMPTY_TICKS = 4
const DEFAULT_ACKNOWLEDGE_EVERY = 2_500_000
/** A player may send as much as a stranger in each of these: it acknowledges what it gets for as long as it plays. */
const PLAYER_PERIOD_MS = 60_000

export type ConnectionPorts = {
  readonly authorizer: Authorizer
  readonly input: LiveInput
  readonly players: RtmpPlayers | undefined
  readonly log: Log
  readonly limits: RtmpLimits
  readonly ticks: ReadTicks
  /** A publisher's frames are not gathered: the least delay, for the most work. */
  readonly readsAtOnce: () => boolean
  /** Called once, when the socket is closed. */
  readonly onClosed: (connection: Connection) => void
}

/** The store and who publishes already have answered by then. */
const ANSWER_MS = 10_000

/**
 * One RTMP peer from its first byte to the closed socket: handshake, chunks, limits, deadlines. What the messages mean is
 * the session's business. A stranger, that is anyone not publishing, gets 64 KB in all and ten seconds.
 */
export class Connection implements Publisher {
  readonly id: number
  readonly address: string
  readonly description: string
  readonly #socket: Socket
  /** Undefined where reads don't wait for a tick: those of TLS come in small pieces that Node has read already. */
  readonly #readNow: PublisherReads['readNow']
  readonly #ports: ConnectionPorts
  readonly #log: Log
  readonly #session: Session
  readonly #handshake = new ServerHandshake()
  readonly #decoder: ChunkDecoder
  readonly #encoder = new ChunkEncoder()
  /** Messages that came while the session was waiting for an answer of ours. */
  #waiting: Message[] = []
  #busy = false
  #phase: 'handshake' | 'open' | 'closing' | 'closed' = 'handshake'
  #publishing = false
  #readsAtOnce = false
  #playing = false
  /** Waits for a tick. */
  #ticked = false
  #emptyTicks = 0
  /** Bytes of a stranger, or of a player since `#playerSinceMs`. */
  #strangerBytes = 0
  #playerSinceMs = 0
  #bytesIn = 0
  #acknowledged = 0
  #acknowledgeEvery = DEFAULT_ACKNOWLEDGE_EVERY
  #deadline: NodeJS.Timeout | undefined
  /** When a stranger's time is over. */
  #deadlineMs = 0
  #closeReason: string | undefined
  /** The encoder has unpublished: however its socket ends after that, that is why. */
  #goodbye: string | undefined

  constructor(id: number, address: string, socket: Socket, ports: ConnectionPorts) {
    this.id = id
    this.address = address
    this.description = `${'encrypted' in socket ? 'rtmps' : 'rtmp'} ${address}`
    const reads = publisherReads(socket, (bytes) => this.#onRead(bytes))
    this.#socket = reads.socket
    this.#readNow = reads.readNow
    this.#ports = ports
    this.#log = ports.log.child({ connection: id, address })
    this.#decoder = new ChunkDecoder(strangerChunks(ports.limits), (message) => this.#onMessage(message))
    this.#session = new Session({
      authorizer: ports.authorizer,
      input: ports.input,
      log: this.#log,
      publisher: this,
      playing: ports.players && {
        players: ports.players,
        outlet: this.#outlet(),
        changed: (yes) => this.#setPlaying(yes),
      },
      send: (message) => this.#send(message),
      publishing: (yes) => this.#setPublishing(yes),
      acknowledgeEvery: (bytes) => {
        this.#acknowledgeEvery = bytes
      },
      close: (reason) => this.#end(reason),
    })
  }

  open(): void {
    const socket = this.#socket
    socket.on('error', (error) => {
      this.#closeReason ??= this.#goodbye ?? messageOf(error)
    })
    socket.on('timeout', () => this.#onTimeout())
    socket.on('close', () => this.#onClose())
    this.#startDeadline()
    this.#log.info({}, 'opened')
    socket.resume()
  }

  describe(): {
    readonly id: number
    readonly address: string
    readonly handshake: string
    readonly bytesIn: number
  } & ReturnType<Session['describe']> {
    return {
      id: this.id,
      address: this.address,
      handshake: this.#handshake.kind,
      bytesIn: this.#bytesIn,
      ...this.#session.describe(),
    }
  }

  /** `Publisher.close`: the hub or the server ends the connection. */
  close(reason: string): void {
    if (this.#phase === 'closing' || this.#phase === 'closed') return
    this.#session.sayGoodbye('NetConnection.Connect.Closed', reason)
    this.#end(reason)
  }

  /** At once, unsaid words and all. */
  destroy(reason: string): void {
    this.#closeReason ??= reason
    this.#phase = 'closing'
    this.#waiting = []
    this.#session.ended()
    this.#socket.destroy()
  }

  /** By an event. A publisher's frames are many and small: the next are read in ticks. @returns whether to read on */
  #onRead(bytes: Uint8Array): boolean {
    this.#onData(bytes)
    if (this.#busy) return false
    // A full read: more waits already, and a fast publisher must not be held up.
    if (!this.#gathers || bytes.byteLength >= READ_BYTES) return true
    if (!this.#ticked) this.#ports.ticks.wait(this)
    this.#ticked = true
    return false
  }

  /** The tick is over. @returns whether to wait for the next one */
  readOn(): boolean {
    this.#ticked = false
    // What a question of ours is pending for goes on by itself.
    if (this.#busy) return false
    let bytes = this.#readNow?.()
    this.#emptyTicks = bytes?.byteLength === 0 ? this.#emptyTicks + 1 : 0
    for (let reads = 1; bytes !== undefined && bytes.byteLength > 0; reads++) {
      this.#onData(bytes)
      if (this.#busy) return false
      if (bytes.byteLength < READ_BYTES || reads === READS_AT_A_TICK) break
      bytes = this.#readNow?.()
    }
    this.#ticked = bytes !== undefined && this.#emptyTicks < EMPTY_TICKS && this.#gathers
    if (!this.#ticked) this.#socket.resume()
    return this.#ticked
  }

  get isAwaited(): boolean {
    return this.#session.isAwaited
  }

  get #gathers(): boolean {
    return this.#publishing && this.#readNow !== undefined && !this.#readsAtOnce
  }

  #onData(bytes: Uint8Array): void {
    // What comes after our last words is read and forgotten: closing with unread bytes would make the kernel take them back.
    if (this.#phase === 'closing' || this.#phase === 'closed') return
    this.#bytesIn += bytes.byteLength
    try {
      if (!this.#publishing) this.#countStranger(bytes.byteLength)
      if (this.#phase === 'handshake') this.#shakeHands(bytes)
      else this.#decoder.push(bytes)
      this.#acknowledge()
    } catch (error) {
      this.#fail(error)
    }
  }

  #countStranger(bytes: number): void {
    if (this.#playing && performance.now() - this.#playerSinceMs > PLAYER_PERIOD_MS) {
      this.#playerSinceMs = performance.now()
      this.#strangerBytes = 0
    }
    this.#strangerBytes += bytes
    if (this.#strangerBytes > this.#ports.limits.strangerBytes) {
      throw new MalformedError(
        `more than ${this.#ports.limits.strangerBytes} bytes ${this.#playing ? 'in a minute' : 'before publishing'}`,
      )
    }
  }

  #shakeHands(bytes: Uint8Array): void {
    const { reply, rest } = this.#handshake.push(bytes)
    if (reply.byteLength > 0) this.#write(reply)
    if (rest === undefined) return
    this.#phase = 'open'
    this.#decoder.push(rest)
  }

  #acknowledge(): void {
    if (this.#phase !== 'open' || this.#bytesIn - this.#acknowledged < this.#acknowledgeEvery) return
    this.#acknowledged = this.#bytesIn
    this.#send(acknowledgement(this.#bytesIn))
  }

  #onMessage(message: Message): void {
    if (this.#phase !== 'open') return
    if (this.#busy) {
      this.#waiting.push(message)
      return
    }
    const answer = this.#session.handle(message)
    if (answer !== undefined) void this.#waitFor(answer)
  }

  /**
   * Nothing is read from the socket while we ask; what one read brought along is kept, which is bounded by that read. How long
   * we take is nothing that the peer is late for; but one that is gone is noticed by its deadline alone.
   */
  async #waitFor(answer: Promise<void>): Promise<void> {
    this.#busy = true
    this.#socket.pause()
    const leftMs = this.#deadlineMs - performance.now()
    const isStranger = !this.#publishing && !this.#playing
    if (isStranger) this.#startDeadline(Math.max(leftMs, ANSWER_MS))
    try {
      await answer
      this.#busy = false
      const waiting = this.#waiting
      this.#waiting = []
      for (const message of waiting) this.#onMessage(message)
    } catch (error) {
      this.#busy = false
      this.#fail(error)
    } finally {
      if (!this.#busy) {
        this.#socket.resume()
        if (this.#phase === 'open' && !this.#publishing && !this.#playing) this.#startDeadline(Math.max(0, leftMs))
      }
    }
  }

  #setPublishing(yes: boolean): void {
    const { limits } = this.#ports
    this.#publishing = yes
    this.#readsAtOnce = this.#ports.readsAtOnce()
    this.#decoder.limits = yes ? publisherChunks(limits) : strangerChunks(limits)
    clearTimeout(this.#deadline)
    this.#goodbye = yes ? undefined : 'unpublished'
    if (!yes) {
      this.#strangerBytes = 0
      this.#startDeadline()
    }
  }

  /** Known now, but still one that has little to say. */
  #setPlaying(yes: boolean): void {
    this.#playing = yes
    this.#playerSinceMs = performance.now()
    this.#strangerBytes = 0
    clearTimeout(this.#deadline)
    this.#socket.setTimeout(yes ? this.#ports.limits.stalledMs : 0)
    if (!yes) this.#startDeadline()
  }

  #outlet() {
    const socket = this.#socket
    return {
      write: (chunks: readonly Uint8Array[]): void => {
        if (this.#phase !== 'open' || socket.destroyed) return
        socket.cork()
        for (const chunk of chunks) socket.write(chunk)
        socket.uncork()
      },
      get waiting(): number {
        return socket.writableLength
      },
    }
  }

  /** The peer took nothing of what waits for it for as long as it may; or there was nothing. */
  #onTimeout(): void {
    if (this.#playing && this.#socket.writableLength > 0) this.destroy('it took nothing for too long')
  }

  #startDeadline(withinMs = this.#ports.limits.strangerMs): void {
    const { strangerMs } = this.#ports.limits
    this.#deadlineMs = performance.now() + withinMs
    clearTimeout(this.#deadline)
    const what = this.#goodbye === undefined ? 'neither publish nor play' : 'unpublished, and no new publish'
    this.#deadline = setTimeout(() => this.close(`${what} within ${strangerMs / 1000} s`), withinMs)
  }

  #send(message: Message): void {
    if (this.#phase === 'open') this.#write(this.#encoder.encode(message))
  }

  #write(bytes: Uint8Array): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) return
    this.#socket.write(bytes)
    // What waits for a player is its media; how much that may be is looked to there.
    if (!this.#playing && this.#socket.writableLength > MAX_UNSENT_BYTES)
      this.destroy('the peer does not read our answers')
  }

  #fail(error: unknown): void {
    const expected = error instanceof MalformedError || error instanceof RefusedError
    if (!expected) this.#log.error({ err: error }, 'the connection failed by a mistake of ours')
    this.#session.sayError(error)
    this.#end(messageOf(error))
  }

  /** Ends our side and waits a moment for the peer's, so that last words arrive. */
  #end(reason: string): void {
    if (this.#phase === 'closing' || this.#phase === 'closed') return
    this.#phase = 'closing'
    this.#closeReason ??= reason
    this.#waiting = []
    clearTimeout(this.#deadline)
    this.#session.ended()
    this.#socket.end()
    this.#socket.resume()
    this.#deadline = setTimeout(() => this.#socket.destroy(), this.#ports.limits.lingerMs)
  }

  #onClose(): void {
    clearTimeout(this.#deadline)
    this.#phase = 'closed'
    this.#session.ended()
    this.#log.info({ bytesIn: this.#bytesIn }, `closed: ${this.#closeReason ?? this.#goodbye ?? 'by the peer'}`)
    this.#ports.onClosed(this)
  }
}

const strangerChunks = (limits: RtmpLimits): ChunkLimits => ({
  messageBytes: Math.min(limits.strangerBytes, limits.messageBytes),
  heldBytes: limits.strangerBytes,
  chunkStreams: limits.chunkStreams,
})

const publisherChunks = (limits: RtmpLimits): ChunkLimits => ({
  messageBytes: limits.messageBytes,
  heldBytes: 2 * limits.messageBytes,
  chunkStreams: limits.chunkStreams,
  shareMemory: true,
})
