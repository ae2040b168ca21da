import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeSelfSigned } from '../../src/tls/self-signed.ts'
import { freePorts, until } from './server-process.ts'

export type PebbleOptions = {
  /** Where it looks for answers of HTTP-01 and TLS-ALPN-01. */
  readonly httpPort: number
  readonly tlsPort: number
  /** How long its certificates last. */
  readonly lifeSeconds?: number
}

/** Pebble, the ACME server that Let's Encrypt made for tests; every name leads to 127.0.0.1. */
export class Pebble implements AsyncDisposable {
  readonly directory: string
  /** File with the certificate by which its own server is checked. */
  readonly ca: string
  readonly #children: readonly ChildProcess[]
  readonly #folder: string
  #output = ''

  private constructor(port: number, folder: string, children: readonly ChildProcess[]) {
    this.directory = `https://localhost:${port}/dir`
    this.ca = join(folder, 'cert.pem')
    this.#folder = folder
    this.#children = children
    for (const { stdout, stderr } of children) {
      for (const stream of [stdout, stderr]) stream?.setEncoding('utf8').on('data', (text) => (this.#output += text))
    }
  }

  static async start({ httpPort, tlsPort, lifeSeconds }: PebbleOptions): Promise<Pebble> {
    const folder = await mkdtemp(join(tmpdir(), 'streamhost-pebble-'))
    const [port = 0, dns = 0, management = 0] = await freePorts(3)
    const { cert, key } = await makeSelfSigned(['localhost', '127.0.0.1'])
    const [certificate, privateKey, config] = ['cert.pem', 'key.pem', 'pebble.json'].map((name) => join(folder, name))
    await writeFile(certificate ?? '', cert)
    await writeFile(privateKey ?? '', key)
    const pebble = {
      ...{ listenAddress: `127.0.0.1:${port}`, managementListenAddress: '', certificate, privateKey },
      ...{ httpPort, tlsPort, ...(lifeSeconds !== undefined && { certificateValidityPeriod: lifeSeconds }) },
    }
    await writeFile(config ?? '', JSON.stringify({ pebble }))
    const names = ['-defaultIPv6', '', '-dns01', `127.0.0.1:${dns}`, '-management', `127.0.0.1:${management}`]
    const off = ['-http01', '', '-https01', '', '-tlsalpn01', '']
    const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe']
    const children = [
      spawn('pebble-challtestsrv', [...names, ...off], { stdio }),
      spawn('pebble', ['-config', config ?? '', '-dnsserver', `127.0.0.1:${dns}`], {
        stdio,
        env: { ...process.env, PEBBLE_VA_NOSLEEP: '1', PEBBLE_AUTHZREUSE: '0' },
      }),
    ]
    const server = new Pebble(port, folder, children)
    try {
      await until(() => answers(server.directory, cert), 60_000, 'pebble does not answer')
    } catch (error) {
      await server[Symbol.asyncDispose]()
      throw new Error(`${(error as Error).message}\n${server.#output}`)
    }
    return server
  }

  /** What it said. */
  get output(): string {
    return this.#output
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    await rm(this.#folder, { recursive: true, force: true })
  }
}

function answers(url: string, ca: string): Promise<boolean> {
  return new Promise((resolve) => {
    request(url, { ca }, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
      .on('error', () => resolve(false))
      .end()
  })
}
