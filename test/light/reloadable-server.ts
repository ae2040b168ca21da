import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CliProcess } from '../flow/cli-process.ts'
import { type Answer, askLocal } from './ask-local.ts'
import { freePorts } from './server-process.ts'

/** Some settings, in the shape of the file. */
export type Settings = { readonly [name: string]: unknown }

/** The real server on a configuration file that a test changes, asked as the command line asks it. */
export class ReloadableServer implements AsyncDisposable {
  readonly program: CliProcess
  readonly folder: string
  readonly file: string
  readonly httpPort: number
  readonly rtmpPort: number

  private constructor(program: CliProcess, folder: string, file: string, [http = 0, rtmp = 0]: readonly number[]) {
    this.program = program
    this.folder = folder
    this.file = file
    this.httpPort = http
    this.rtmpPort = rtmp
  }

  /** On free ports of loopback, where names need no key. */
  static async start(settings: Settings = {}): Promise<ReloadableServer> {
    const folder = await mkdtemp(join(tmpdir(), 'streamhost-reload-'))
    const file = join(folder, 'c.yaml')
    const ports = await freePorts(2)
    await writeFile(file, textOf(ports, settings))
    const program = new CliProcess(['serve', '--config', file], {})
    const server = new ReloadableServer(program, folder, file, ports)
    await program.said(/StreamHost is ready\./)
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${this.httpPort}`
  }

  /** Writes the file anew, with these settings beside those that every server here has. */
  async write(settings: Settings): Promise<void> {
    await this.writeText(textOf([this.httpPort, this.rtmpPort], settings))
  }

  /** As editors do: another file in its place. */
  async writeText(text: string): Promise<void> {
    await writeFile(`${this.file}.new`, text)
    await rename(`${this.file}.new`, this.file)
  }

  reload(dryRun = false): Promise<Answer> {
    return this.ask('POST', '/api/v1/reload', { dryRun })
  }

  /** As admin, by the socket of the data directory. */
  ask(method: string, path: string, body?: unknown): Promise<Answer> {
    return askLocal(join(this.folder, 'data'), method, path, body)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]()
    await rm(this.folder, { recursive: true, force: true })
  }
}

/** JSON is YAML. */
function textOf([http, rtmp]: readonly number[], settings: Settings): string {
  const base = {
    server: { http: { host: '127.0.0.1', port: http } },
    ingest: { open: true, rtmp: { host: '127.0.0.1', port: rtmp } },
    storage: { dataDir: './data' },
    transcode: { ladder: 'off' },
  }
  return JSON.stringify(merged(base, settings), undefined, 2)
}

function merged(base: Settings, more: Settings): Settings {
  const entries = Object.entries(more).map(([name, value]) => {
    const below = base[name]
    return [name, isGroup(below) && isGroup(value) ? merged(below, value) : value]
  })
  return { ...base, ...Object.fromEntries(entries) }
}

function isGroup(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
