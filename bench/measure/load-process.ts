import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { COMPILED } from '../../test/light/server-process.ts'

/** How long a load may take to connect all of its clients, and to answer. */
const READY_MS = 60_000
const LOADS = join(import.meta.dirname, '../load')

export type LoadOptions = {
  /** Where the load's file is. */
  readonly folder?: string
  /** Only on the machine's last processor; false where a load and what it loads may use all. */
  readonly pinned?: boolean
}

/** What a load has counted, and what it found wrong, in words. */
export type Counted = { readonly counts: Readonly<Record<string, number>>; readonly faults: readonly string[] }

type Said = { readonly kind?: string } & Partial<Counted>

/**
 * A load in a process of its own, on the machine's last processor, so that what it costs is not counted and takes least
 * from what is measured. It says `ready` when all its clients are connected and warm, counts anew at `begin`, and answers
 * with what it counted at `end`.
 */
export class LoadProcess implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #exited: Promise<void>
  #output = ''

  private constructor(child: ChildProcess) {
    this.#child = child
    this.#exited = new Promise((resolve) => child.once('exit', () => resolve()))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#output = (this.#output + text).slice(-8192)
    })
  }

  /** @param name a file in `bench/load/` @throws Error with its own words when it ends before it is ready */
  static async start(
    name: string,
    options: object,
    { folder = LOADS, pinned = true }: LoadOptions = {},
  ): Promise<LoadProcess> {
    const file = join(folder, `${name}.ts`)
    const args = ['--disable-warning=ExperimentalWarning', file, JSON.stringify(options)]
    const processors = availableParallelism()
    const last = pinned && processors > 1 ? ['taskset', '-c', String(processors - 1)] : []
    const [program = process.execPath, ...rest] = [...last, process.execPath]
    const env = { ...process.env, NODE_COMPILE_CACHE: COMPILED }
    const child = spawn(program, [...rest, ...args], { env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    const load = new LoadProcess(child)
    try {
      await load.#next('ready')
    } catch (error) {
      await load[Symbol.asyncDispose]()
      throw error
    }
    return load
  }

  async begin(): Promise<void> {
    this.#child.send('begin')
    await this.#next('begun')
  }

  /** What it counted since `begin`. */
  async end(): Promise<Readonly<Record<string, number>>> {
    return (await this.counted()).counts
  }

  /** The same, with what was wrong. */
  async counted(): Promise<Counted> {
    this.#child.send('end')
    const { counts = {}, faults = [] } = await this.#next('counted')
    return { counts, faults }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGTERM')
    const late = setTimeout(() => this.#child.kill('SIGKILL'), 5000)
    await this.#exited
    clearTimeout(late)
  }

  async #next(kind: string): Promise<Said> {
    const stop = new AbortController()
    const late = setTimeout(() => stop.abort(new Error(`a load did not say ${kind} in time`)), READY_MS)
    const gone = this.#exited.then(() => {
      throw new Error(`a load ended before it said ${kind}: ${this.#output.trim()}`)
    })
    gone.catch(() => {})
    try {
      const [message] = await Promise.race([once(this.#child, 'message', { signal: stop.signal }), gone])
      return message as Said
    } catch (error) {
      throw stop.signal.aborted ? stop.signal.reason : error
    } finally {
      clearTimeout(late)
    }
  }
}
