import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

const KEPT_OUTPUT = 256 * 1024

/** Another program that takes part in a test. It is ended with the test. */
export class Program implements AsyncDisposable {
  readonly child: ChildProcess
  /** Its exit status; a signal's name when one ended it. */
  readonly exited: Promise<number | string>
  #output = ''
  #running = true

  constructor(command: string, args: readonly string[], options: SpawnOptions = {}) {
    this.child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
    const keep = (text: string) => {
      this.#output = (this.#output + text).slice(-KEPT_OUTPUT)
    }
    this.child.stdout?.setEncoding('utf8').on('data', keep)
    this.child.stderr?.setEncoding('utf8').on('data', keep)
    this.exited = new Promise((resolve) => {
      const gone = (status: number | string) => {
        this.#running = false
        resolve(status)
      }
      this.child.once('close', (status, signal) => gone(status ?? signal ?? 'gone'))
      this.child.once('error', (error) => {
        keep(error.message)
        gone(error.message)
      })
    })
  }

  get running(): boolean {
    return this.#running
  }
  /** What it wrote, the newest of it. */
  get output(): string {
    return this.#output
  }

  /** Asks it to end, insists after a while, and waits. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', patienceMs = 10_000): Promise<number | string> {
    if (this.#running) this.child.kill(signal)
    const late = setTimeout(() => this.child.kill('SIGKILL'), patienceMs)
    const status = await this.exited
    clearTimeout(late)
    return status
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

/** Whether a program of this name can be run. */
export function isInstalled(name: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
