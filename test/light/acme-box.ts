import { once } from 'node:events'
import { type AddressInfo, createServer, connect as dial } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import { Pebble } from './pebble.ts'
import { freePorts, ServerProcess } from './server-process.ts'

/** The name that certificates are asked for. */
export const NAME = 'live.example.test'

/** Connects as a browser does, whoever vouches for the certificate. */
export async function open(port: number): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', servername: NAME, rejectUnauthorized: false })
  socket.on('error', () => {})
  await once(socket, 'secureConnect')
  return socket
}

/** The certificate that a server shows. */
export async function shown(port: number): Promise<{ serial: string; issuer: string; names: string }> {
  const socket = await open(port)
  const { serialNumber, issuer, subjectaltname = '' } = socket.getPeerCertificate()
  socket.destroy()
  return { serial: serialNumber, issuer: String(issuer.CN), names: subjectaltname }
}

export const fromPebble = async (port: number): Promise<boolean> => (await shown(port)).issuer.startsWith('Pebble')

type AcmeBox = { readonly server: ServerProcess; readonly pebble: Pebble } & AsyncDisposable

export type AcmeBoxOptions = {
  readonly lifeSeconds?: number
  /** The authority looks where nobody listens. */
  readonly wrongPort?: boolean
  /** What is run in place of the server by itself. */
  readonly command?: readonly [string, ...string[]]
}

/** A server that asks Pebble for its certificate, which finds it at the ports of a box in front. */
export async function serveByPebble(challenge: string, options: AcmeBoxOptions = {}): Promise<AcmeBox> {
  await using undo = new AsyncDisposableStack()
  // Pebble must know where to look before our server has its ports: it is told those that it will get.
  const [httpPort = 0, wrong = 0] = await freePorts(2)
  // A box whose port 443 is forwarded to ours.
  const relay = createServer((socket) => {
    const inside = dial(server.httpsPort, '127.0.0.1')
    socket.pipe(inside).pipe(socket)
    for (const each of [socket, inside]) each.on('error', () => {})
  }).listen(0, '127.0.0.1')
  await once(relay, 'listening')
  const tlsPort = (relay.address() as AddressInfo).port
  undo.defer(() => void relay.close())
  const pebble = undo.use(
    await Pebble.start({
      httpPort: options.wrongPort ? wrong : httpPort,
      tlsPort,
      ...(options.lifeSeconds !== undefined && { lifeSeconds: options.lifeSeconds }),
    }),
  )
  const server: ServerProcess = undo.use(
    await ServerProcess.start({
      httpPort,
      ...(options.command !== undefined && { command: options.command }),
      https: `mode: acme, acme: { agreeTerms: true, domains: [${NAME}], challenge: ${challenge}, directory: "${pebble.directory}", ca: ${JSON.stringify(pebble.ca)} }`,
    }),
  )
  const done = undo.move()
  return { server, pebble, [Symbol.asyncDispose]: () => done.disposeAsync() }
}
