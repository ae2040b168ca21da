import { once } from 'node:events'
import { WebSocket } from 'ws'
import { ServerMessage } from '../../src/contract/channel.ts'
import type { ClientMessage } from '../../src/contract/chat.ts'

type Of<Type extends ServerMessage['type']> = Extract<ServerMessage, { type: Type }>
type Waiting = { readonly wants: (message: ServerMessage) => boolean; readonly take: (message: ServerMessage) => void }

/** A page's end of the socket: says things, waits for messages by their type; each is taken once. Every message must be of the contract. */
export class ChatPage implements AsyncDisposable {
  readonly socket: WebSocket
  readonly closed: Promise<number>
  #kept: ServerMessage[] = []
  #waiting: Waiting[] = []
  #said = 0

  constructor(url: string, slug: string, options: { readonly headers?: Record<string, string> } = {}) {
    this.socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/channels/${slug}/ws`, options)
    this.socket.on('error', () => undefined)
    this.socket.on('message', (data) => this.#came(ServerMessage.parse(JSON.parse(data.toString()))))
    this.closed = new Promise((resolve) => this.socket.once('close', resolve))
  }

  /** Connects and joins. */
  static async join(
    url: string,
    slug: string,
    join: { readonly name?: string; readonly token?: string; readonly after?: number } = {},
    headers: Record<string, string> = {},
  ): Promise<{ page: ChatPage; welcome: Of<'welcome'> }> {
    const page = new ChatPage(url, slug, { headers })
    await once(page.socket, 'open')
    page.tell({ type: 'join', ...join })
    return { page, welcome: await page.next('welcome') }
  }

  tell(message: ClientMessage): void {
    this.socket.send(JSON.stringify(message))
  }

  /** Says something. @returns its sequence number, or why not */
  async say(text: string): Promise<Of<'said'> | Of<'refused'>> {
    const id = this.#said++
    this.tell({ type: 'say', id, text })
    const answer = await this.nextWhere(
      (message) => (message.type === 'said' || message.type === 'refused') && message.id === id,
    )
    return answer as Of<'said'> | Of<'refused'>
  }

  /** The next message of this type, also one that came already. */
  async next<Type extends ServerMessage['type']>(type: Type): Promise<Of<Type>> {
    return (await this.nextWhere((message) => message.type === type)) as Of<Type>
  }

  /** Texts of messages, in order, until there are so many. */
  async texts(count: number): Promise<string[]> {
    const texts: string[] = []
    while (texts.length < count) for (const { text } of (await this.next('messages')).messages) texts.push(text)
    return texts
  }

  nextWhere(wants: (message: ServerMessage) => boolean): Promise<ServerMessage> {
    const at = this.#kept.findIndex(wants)
    const [kept] = at < 0 ? [] : this.#kept.splice(at, 1)
    if (kept !== undefined) return Promise.resolve(kept)
    return new Promise((take) => this.#waiting.push({ wants, take }))
  }

  /** What came and nobody waited for. */
  get left(): readonly ServerMessage[] {
    return this.#kept
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.terminate()
    await this.closed
  }

  #came(message: ServerMessage): void {
    const at = this.#waiting.findIndex(({ wants }) => wants(message))
    const [waiting] = at < 0 ? [] : this.#waiting.splice(at, 1)
    if (waiting === undefined) this.#kept.push(message)
    else waiting.take(message)
  }
}
