import { bodyOf, json } from './http-harness.ts'

/** Of everybody in these tests. */
export const PASSWORD = 'correct horse battery'

/** A browser, as far as cookies go. */
export class Browser {
  readonly #url: string
  readonly cookies = new Map<string, string>()
  constructor(url: string) {
    this.#url = url
  }
  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const init = body === undefined ? { method, headers: {} } : json(method, body)
    const sent = { ...init, headers: { ...init.headers, origin: this.#url, cookie, ...headers } }
    const answer = await fetch(this.#url + path, sent)
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /max-age=0/i.test(line)) this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return answer
  }
  signIn(email: string, password = PASSWORD): Promise<Response> {
    return this.send('POST', '/api/v1/session', { email, password })
  }
  async session(): Promise<Record<string, unknown>> {
    return bodyOf(await this.send('GET', '/api/v1/session'))
  }
}
