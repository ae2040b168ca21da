import assert from 'node:assert/strict'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

/** A letter as it arrived. */
export type Arrived = {
  readonly from: string
  readonly to: readonly string[]
  readonly head: string
  /** Decoded. */
  readonly text: string
}

/** A real SMTP server on loopback that keeps what it is sent. */
export class Mailbox implements AsyncDisposable {
  readonly letters: Arrived[] = []
  readonly #server: SMTPServer
  readonly #waiting: (() => void)[] = []
  port = 0
  /** What it says to the next letters instead of taking them. */
  readonly refusals: { readonly code: number; readonly words: string }[] = []

  private constructor(options: SMTPServerOptions) {
    this.#server = new SMTPServer({
      disabledCommands: ['STARTTLS'],
      authOptional: true,
      ...options,
      onData: (stream, session, done) => {
        const chunks: Buffer[] = []
        stream.on('data', (chunk: Buffer) => chunks.push(chunk))
        stream.on('end', () => {
          const refusal = this.refusals.shift()
          if (refusal !== undefined) {
            done(Object.assign(new Error(refusal.words), { responseCode: refusal.code }))
            return
          }
          const { mailFrom, rcptTo } = session.envelope
          const from = mailFrom === false ? '' : mailFrom.address
          this.letters.push(
            letterOf(
              Buffer.concat(chunks).toString('utf8'),
              from,
              rcptTo.map(({ address }) => address),
            ),
          )
          done()
          for (const wake of this.#waiting.splice(0)) wake()
        })
      },
    })
    this.#server.on('error', () => {})
  }

  static async open(options: SMTPServerOptions = {}): Promise<Mailbox> {
    const box = new Mailbox(options)
    await new Promise<void>((resolve) => box.#server.listen(0, '127.0.0.1', resolve))
    const address = box.#server.server.address()
    assert.ok(typeof address === 'object' && address !== null)
    box.port = address.port
    return box
  }

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`
  }

  /** The letter of this number, when it is there. */
  async letter(at: number): Promise<Arrived> {
    for (;;) {
      const letter = this.letters[at]
      if (letter !== undefined) return letter
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(resolve))
  }
}

/** What stands behind `#t=` of the one link in a letter. */
export function secretIn({ text }: Arrived): string {
  return /#t=([\w-]{43})/.exec(text)?.[1] ?? ''
}

function letterOf(raw: string, from: string, to: readonly string[]): Arrived {
  const at = raw.indexOf('\r\n\r\n')
  const head = raw.slice(0, at).replace(/\r\n[ \t]+/g, ' ')
  const body = raw.slice(at + 4)
  if (/^content-transfer-encoding: base64/im.test(head)) {
    return { from, to, head, text: Buffer.from(body, 'base64').toString('utf8') }
  }
  if (!/^content-transfer-encoding: quoted-printable/im.test(head)) return { from, to, head, text: body }
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return { from, to, head, text: Buffer.from(bytes, 'latin1').toString('utf8') }
}
