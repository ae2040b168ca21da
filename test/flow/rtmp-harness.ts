import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Log } from '../../src/base/log.ts'
import { DEFAULT_RTMP_LIMITS, type RtmpLimits } from '../../src/ingest/rtmp/limits.ts'
import { RtmpServer } from '../../src/ingest/rtmp/server.ts'
import type { Authorizer, ChannelRef, LiveInput, Publication, PublicationEnd, Publisher } from '../../src/live/ports.ts'
import type { Packet, Track } from '../../src/media/packet.ts'

/** A publication that keeps what it gets, and can be waited on. */
export class KeptPublication implements Publication {
  readonly startTime: number
  readonly channel: ChannelRef
  readonly publisher: Publisher
  readonly tracks: Track[] = []
  readonly packets: Packet[] = []
  /** How it ended; undefined: it has not. */
  how: PublicationEnd | undefined
  #waiting: (() => void)[] = []

  constructor(channel: ChannelRef, publisher: Publisher, startTime: number) {
    this.channel = channel
    this.publisher = publisher
    this.startTime = startTime
  }
  track(track: Track): void {
    this.tracks.push(track)
    this.#wake()
  }
  write(packet: Packet): void {
    this.packets.push(packet)
    this.#wake()
  }
  end(end: PublicationEnd): void {
    this.how ??= end
    this.#wake()
  }
  of(trackId: number): Packet[] {
    return this.packets.filter((packet) => packet.trackId === trackId)
  }
  /** Waits for something to come true; nothing but what the server does can make it so. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }
  ended(): Promise<void> {
    return this.until(() => this.how !== undefined)
  }
  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }
}

/** A hub that accepts all. */
export class KeptInput implements LiveInput {
  readonly publications: KeptPublication[] = []
  readonly #startTime: number
  #waiting: (() => void)[] = []
  /** Set to make `publish` fail. */
  refusal: Error | undefined
  /** What `publish` waits for first. */
  mayAnswer: Promise<unknown> = Promise.resolve()

  constructor(startTime: number) {
    this.#startTime = startTime
  }
  async publish(channel: ChannelRef, publisher: Publisher): Promise<Publication> {
    await this.mayAnswer
    if (this.refusal) throw this.refusal
    const publication = new KeptPublication(channel, publisher, this.#startTime)
    this.publications.push(publication)
    for (const wake of this.#waiting) wake()
    this.#waiting = []
    return publication
  }
  async publication(index = 0): Promise<KeptPublication> {
    for (;;) {
      const publication = this.publications[index]
      if (publication) return publication
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }
}

export const KEY = 'sk_0123456789abcdefghij'

/** `KEY` opens the channel `main`, by name or as `?key=`; `off` is disabled; anything else is refused. */
export const keyAuthorizer: Authorizer = {
  async authorizePublish(name, key) {
    if ((key ?? name) === KEY) return { allowed: true, channel: { id: '1', slug: 'main' } }
    if (name === 'off') return { allowed: false, code: 'disabled', message: 'publishing is switched off' }
    return { allowed: false, code: 'bad-key', message: 'this stream key is not known' }
  },
}

/** Keeps the lines of all child loggers. */
export class KeptLog implements Log {
  readonly lines: { level: string; message: string; fields: Record<string, unknown> }[] = []
  #waiting: (() => void)[] = []
  readonly debug = this.#at('debug')
  readonly info = this.#at('info')
  readonly warn = this.#at('warn')
  readonly error = this.#at('error')
  child(): Log {
    return this
  }
  /** Waits for the line that tells why a connection was closed. */
  async closed(): Promise<string> {
    for (;;) {
      const line = this.lines.find(({ message }) => message.startsWith('closed: '))
      if (line) return line.message
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }
  #at(level: string) {
    return (fields: Record<string, unknown>, message: string): void => {
      this.lines.push({ level, message, fields })
      const waiting = this.#waiting
      this.#waiting = []
      for (const wake of waiting) wake()
    }
  }
}

export type Running = {
  readonly server: RtmpServer
  readonly input: KeptInput
  readonly log: KeptLog
  readonly port: number
} & AsyncDisposable

/** An RTMP server on a free port of the loopback address. Lingers only shortly, so that tests end soon. */
export async function runRtmp(
  options: { limits?: Partial<RtmpLimits>; authorizer?: Authorizer; startTime?: number } = {},
): Promise<Running> {
  const input = new KeptInput(options.startTime ?? 10)
  const log = new KeptLog()
  const server = new RtmpServer({
    host: '127.0.0.1',
    port: 0,
    limits: { ...DEFAULT_RTMP_LIMITS, lingerMs: 200, ...options.limits },
    authorizer: options.authorizer ?? keyAuthorizer,
    input,
    log,
  })
  await server.start(new AbortController().signal)
  return {
    server,
    input,
    log,
    port: server.address().port,
    [Symbol.asyncDispose]: () => server.stop('the test is over'),
  }
}

/** Runs FFmpeg to its end; answers its exit code and what it complained about. */
export async function ffmpeg(args: readonly string[]): Promise<{ code: number | null; errors: string }> {
  const child = spawn('ffmpeg', ['-hide_banner', '-nostdin', '-v', 'error', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let errors = ''
  child.stderr.on('data', (text: Buffer) => {
    errors += text.toString()
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, errors }
}
