import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { NODE_FLAGS } from '../../bin/node-flags.mjs'

export const ROOT = join(import.meta.dirname, '../..')
/** As bin/program.mjs puts it together. */
export const PROGRAM = join(ROOT, 'dist/program/streamhost.mjs')
/** As bin/prepare.mjs has it: what was compiled once is loaded, which halves the time to start. */
export const COMPILED = process.env.NODE_COMPILE_CACHE ?? join(ROOT, 'node_modules/.cache/streamhost-compiled')

/** Clock ticks of `/proc/<pid>/stat` in a second, and bytes of a page: what Linux has on all machines we measure on. */
const TICKS_PER_SECOND = 100
const PAGE_BYTES = 4096
/** Output kept for the moment when something goes wrong. */
const KEPT_OUTPUT = 64 * 1024

export type ServerOptions = {
  readonly profile?: 'standard' | 'low'
  /** `server.name`. */
  readonly name?: string
  /** Kept when given; else a temporary one, deleted at the end. */
  readonly dataDir?: string
  readonly httpPort?: number
  readonly rtmpPort?: number
  /** `server.https` without its port, in YAML's flow style; HTTPS and RTMPS then have ports of their own. */
  readonly https?: string
  /** Further settings of these sections, in YAML's flow style. */
  readonly sections?: { readonly ingest?: string; readonly packaging?: string; readonly server?: string }
  /** Further settings, as lines of YAML at the top level. */
  readonly yaml?: string
  /** What is spawned instead of the server by itself; `--config FILE` is added. */
  readonly command?: readonly [string, ...string[]]
  readonly readyWithinMs?: number
}

/** The real server in a process of its own, on ports of its own, that takes `rtmp://127.0.0.1:PORT/live/<slug>` without a key. */
export class ServerProcess implements AsyncDisposable {
  readonly child: ChildProcess
  readonly httpPort: number
  readonly rtmpPort: number
  /** 0: HTTPS is off. */
  readonly httpsPort: number
  readonly rtmpsPort: number
  readonly dataDir: string
  readonly configFile: string
  /** Milliseconds from spawning to the first `/readyz` that said yes. */
  readyMs = 0
  readonly #remove: string[]
  /** Resolves when the process is gone, however. */
  readonly exited: Promise<void>
  #output = ''

  private constructor(
    child: ChildProcess,
    ports: readonly [number, number, number, number],
    dataDir: string,
    configFile: string,
    remove: string[],
  ) {
    this.child = child
    this.httpPort = ports[0]
    this.rtmpPort = ports[1]
    this.httpsPort = ports[2]
    this.rtmpsPort = ports[3]
    this.dataDir = dataDir
    this.configFile = configFile
    this.#remove = remove
    this.exited = new Promise((resolve) => child.once('exit', () => resolve()))
    const keep = (text: string) => {
      this.#output = (this.#output + text).slice(-KEPT_OUTPUT)
    }
    child.stdout?.setEncoding('utf8').on('data', keep)
    child.stderr?.setEncoding('utf8').on('data', keep)
  }

  /** @throws Error with the server's own words when it ends before it is ready, or takes too long */
  static async start(options: ServerOptions = {}): Promise<ServerProcess> {
    const folder = await mkdtemp(join(tmpdir(), 'streamhost-server-'))
    const dataDir = options.dataDir ?? join(folder, 'data')
    const [spareHttp = 0, spareRtmp = 0, ...secure] = await freePorts(options.https === undefined ? 2 : 4)
    const [httpsPort = 0, rtmpsPort = 0] = secure
    const ports = [options.httpPort ?? spareHttp, options.rtmpPort ?? spareRtmp, httpsPort, rtmpsPort] as const
    const https = options.https === undefined ? '' : `https: { port: ${httpsPort}, ${options.https} },`
    const rtmps = options.https === undefined ? '' : `rtmps: { port: ${rtmpsPort} },`
    const config = join(folder, 'streamhost.config.yaml')
    const { ingest = '', packaging = '', server: web = '' } = options.sections ?? {}
    // Further qualities take more of a machine than all else: who wants them says so.
    const yaml = `${/^transcode:/m.test(options.yaml ?? '') ? '' : 'transcode: { ladder: off }\n'}${options.yaml ?? ''}`
    await writeFile(
      config,
      `server: { name: ${JSON.stringify(options.name ?? 'StreamHost')}, http: { host: 127.0.0.1, port: ${ports[0]} }, ${https} ${web} }\n` +
        `ingest: { open: true, rtmp: { host: 127.0.0.1, port: ${ports[1]} }, ${rtmps} ${ingest} }\n` +
        `packaging: { profile: ${options.profile ?? 'standard'}, ${packaging} }\n` +
        `storage: { dataDir: ${JSON.stringify(dataDir)} }\n${yaml}`,
    )
    const [program, ...args] = options.command ?? [process.execPath, ...NODE_FLAGS, PROGRAM, 'serve']
    const startedAt = performance.now()
    const child = spawn(program, [...args, '--config', config], {
      cwd: ROOT,
      env: { ...process.env, NODE_COMPILE_CACHE: COMPILED },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const server = new ServerProcess(child, ports, dataDir, config, [folder])
    try {
      await server.#untilReady(options.readyWithinMs ?? 60_000)
    } catch (error) {
      await server.kill()
      throw error
    }
    server.readyMs = performance.now() - startedAt
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${this.httpPort}`
  }
  /** What it wrote, the newest of it. */
  get output(): string {
    return this.#output
  }
  publishUrl(slug: string): string {
    return `rtmp://127.0.0.1:${this.rtmpPort}/live/${slug}`
  }
  playlistUrl(slug: string): string {
    return `${this.url}/live/${slug}/index.m3u8`
  }

  /** Processor time since its start, user and system, in seconds. */
  cpuSeconds(pid = this.child.pid): number {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // proc(5): the name in parentheses may hold blanks; utime and stime are fields 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
  }

  /** Resident memory in bytes. */
  rssBytes(pid = this.child.pid): number {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES
  }

  /** Waits until players can begin. */
  async live(slug: string, withinMs = 60_000): Promise<void> {
    await until(async () => (await fetch(this.playlistUrl(slug))).ok, withinMs, `${slug} is not live`)
  }

  /** Ends it as an operator does, and waits. */
  async stop(): Promise<void> {
    this.child.kill('SIGTERM')
    const late = setTimeout(() => this.child.kill('SIGKILL'), 60_000)
    await this.exited
    clearTimeout(late)
    await this.#clean()
  }

  /** Ends it as a crash does. The data directory stays when it was given. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.exited
    await this.#clean()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #clean(): Promise<void> {
    for (const folder of this.#remove.splice(0)) await rm(folder, { recursive: true, force: true })
  }

  async #untilReady(withinMs: number): Promise<void> {
    const gone = once(this.child, 'exit').then(([status]) => {
      throw new Error(`the server ended with ${status} before it was ready:\n${this.#output}`)
    })
    gone.catch(() => {})
    const ready = until(async () => (await fetch(`${this.url}/readyz`)).ok, withinMs, 'the server is not ready')
    await Promise.race([ready, gone]).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.#output}`)
    })
  }
}

/** Asks again every 10 ms; a failed question counts as no. @throws Error with these words when it takes too long */
export async function until(test: () => Promise<boolean> | boolean, withinMs: number, words: string): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!(await Promise.resolve(test()).catch(() => false))) {
    if (performance.now() > deadline) throw new Error(`${words} after ${withinMs} ms`)
    await sleep(10)
  }
}

/**
 * Below those that systems give to connections (net.ipv4.ip_local_port_range): a port found free stays so. Processes that run side
 * by side have ranges of their own: between finding a port and listening on it passes a second in which another would find it too.
 */
const [FIRST_PORT, PORTS, RANGES] = [10_000, 100, 220]
const firstOfMine = FIRST_PORT + (process.pid % RANGES) * PORTS
let tried = 0

/** TCP ports of 127.0.0.1 that nobody listens on, and that aren't given again soon. */
export async function freePorts(count: number): Promise<number[]> {
  const servers: Server[] = []
  const ports: number[] = []
  while (ports.length < count) {
    const port = firstOfMine + (tried++ % PORTS)
    const server = createServer().listen(port, '127.0.0.1')
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (!isFree) continue
    servers.push(server)
    ports.push(port)
  }
  for (const server of servers) server.close()
  return ports
}
