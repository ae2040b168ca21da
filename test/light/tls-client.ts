import { once } from 'node:events'
import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import { type ConnectionOptions, connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls'

/** Connects as a browser does, whoever vouches for the certificate. */
export async function openTls(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false, ...options })
  socket.on('error', () => {})
  await once(socket, 'secureConnect')
  return socket
}

/** The certificate shown to who connects now. */
export async function certificateAt(port: number): Promise<DetailedPeerCertificate> {
  const socket = await openTls(port)
  const certificate = socket.getPeerCertificate(true)
  socket.destroy()
  return certificate
}

export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** One request by HTTP/1.1 over TLS. */
export async function getTls(
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
  body = '',
): Promise<Answer> {
  const asked = request(url, { rejectUnauthorized: false, headers, method, agent: false }).end(body)
  const [answer] = await once(asked, 'response')
  return { status: answer.statusCode, headers: answer.headers, body: await text(answer) }
}
