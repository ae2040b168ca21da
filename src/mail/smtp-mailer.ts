import type { Transporter } from 'nodemailer'
import type { Letter, Mailer, Recipient } from '../accounts/people/mail.ts'
import { messageOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { textOf } from './letters.ts'

/** Beyond, letters are lost: an SMTP server that is away must not take our memory. */
const MOST_WAITING = 200
const RETRY_MS: readonly number[] = [5000, 60_000, 600_000]
const CONNECT_MS = 15_000
const SILENCE_MS = 30_000
/** Waited for at a stop. */
const STOP_MS = 5000

export type MailSettings = {
  /** `auth.mail.url`; undefined: no mail */
  readonly url: string | undefined
  /** `auth.mail.from` */
  readonly from: string | undefined
  /** `server.name` */
  readonly site: string
}

type Waiting = { readonly to: Recipient; readonly letter: Letter; tries: number }

/**
 * Sends letters by SMTP (RFC 5321), one after the other, over one connection while there are some. A letter that isn't taken is
 * tried three times more, unless the server says that it never will be. Neither addresses nor links get into the log.
 */
export class SmtpMailer implements Mailer {
  readonly #settings: MailSettings
  readonly #log: Log
  readonly #retryMs: readonly number[]
  readonly #queue: Waiting[] = []
  readonly #retries = new Set<NodeJS.Timeout>()
  #transport: { readonly url: string; readonly by: Transporter } | undefined
  #sending: Promise<void> | undefined
  #stopped = false
  sent = 0
  failed = 0

  /** @param settings read when a letter is sent @param retryMs tests make it small */
  constructor(settings: MailSettings, log: Log, retryMs: readonly number[] = RETRY_MS) {
    this.#settings = settings
    this.#log = log
    this.#retryMs = retryMs
  }

  get isSetUp(): boolean {
    return this.#settings.url !== undefined
  }

  get waiting(): number {
    return this.#queue.length + this.#retries.size
  }

  send(to: Recipient, letter: Letter): void {
    if (!this.isSetUp || this.#stopped) return
    this.#enqueue({ to, letter, tries: 0 })
  }

  /** What waits is sent, if that doesn't take long. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const timer of this.#retries) clearTimeout(timer)
    const cut = Promise.withResolvers<void>()
    const timer = setTimeout(() => cut.resolve(), STOP_MS)
    await Promise.race([this.#sending, cut.promise])
    clearTimeout(timer)
    this.#transport?.by.close()
  }

  #enqueue(waiting: Waiting): void {
    if (this.#queue.length >= MOST_WAITING) {
      this.failed++
      this.#log.error({ kind: waiting.letter.kind }, 'a letter is lost, as too many wait to be sent')
      return
    }
    this.#queue.push(waiting)
    this.#sending ??= this.#drain().finally(() => {
      this.#sending = undefined
    })
  }

  async #drain(): Promise<void> {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) await this.#try(next)
  }

  async #try(waiting: Waiting): Promise<void> {
    const { to, letter } = waiting
    const { url, from, site } = this.#settings
    if (url === undefined || from === undefined) return
    try {
      const { subject, body } = textOf(letter, site, to.locale)
      const transport = await this.#by(url)
      await transport.sendMail({
        // As an object: what stands in an address is never read as a list of them.
        to: { name: '', address: to.email },
        ...{ from, subject, text: body, disableFileAccess: true, disableUrlAccess: true },
        // RFC 3834 section 5: no answering machine writes back.
        headers: { 'Auto-Submitted': 'auto-generated' },
      })
      this.sent++
    } catch (error) {
      this.#again(waiting, error)
    }
  }

  #again(waiting: Waiting, error: unknown): void {
    const { kind } = waiting.letter
    // RFC 5321 section 4.2.1: 5yz is permanent.
    const code = error instanceof Error && 'responseCode' in error ? Number(error.responseCode) : 0
    const delay = code >= 500 ? undefined : this.#retryMs[waiting.tries++]
    if (delay === undefined || this.#stopped) {
      this.failed++
      this.#log.error({ kind, error: withoutAddresses(messageOf(error)) }, 'a letter could not be sent')
      return
    }
    this.#log.warn({ kind, error: withoutAddresses(messageOf(error)), delay }, 'a letter is tried again later')
    const timer = setTimeout(() => {
      this.#retries.delete(timer)
      this.#enqueue(waiting)
    }, delay).unref()
    this.#retries.add(timer)
  }

  async #by(url: string): Promise<Transporter> {
    if (this.#transport?.url === url) return this.#transport.by
    // Most servers send no letter in most of their lives.
    const { createTransport } = await import('nodemailer')
    this.#transport?.by.close()
    const { protocol, hostname, port, username, password } = new URL(url)
    const secure = protocol === 'smtps:'
    const by = createTransport({
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port === '' ? (secure ? 465 : 587) : Number(port),
      secure,
      ...(username === '' ? {} : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
      // With a password over the network: never without TLS (RFC 8314 section 3). On this machine there is nobody between.
      requireTLS: !secure && username !== '' && !/^(localhost|127\.|\[?::1)/.test(hostname),
      ...{ pool: true, maxConnections: 1, connectionTimeout: CONNECT_MS, socketTimeout: SILENCE_MS },
      ...{ greetingTimeout: CONNECT_MS, disableFileAccess: true, disableUrlAccess: true },
    })
    this.#transport = { url, by }
    return by
  }
}

/** Servers like to repeat whom a letter was for. */
function withoutAddresses(text: string): string {
  return text.replace(/[^\s<>]+@[^\s<>]+/g, '…@…').slice(0, 300)
}
