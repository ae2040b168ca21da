import { request } from 'node:http'
import { join } from 'node:path'

export type Answer = { readonly status: number; readonly json: unknown }

/** Asks a server as the command line does: as admin, by the socket of its data directory. */
export function askLocal(dataDir: string, method: string, path: string, body?: unknown): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const text = body === undefined ? undefined : JSON.stringify(body)
  const headers = text === undefined ? {} : { 'content-type': 'application/json' }
  const asked = request({ socketPath: join(dataDir, 'run.sock'), method, path, headers, agent: false })
  asked.once('error', reject)
  asked.once('response', async (answer) => {
    let came = ''
    for await (const chunk of answer.setEncoding('utf8')) came += chunk
    resolve({ status: answer.statusCode ?? 0, json: came === '' ? undefined : JSON.parse(came) })
  })
  asked.end(text)
  return promise
}
