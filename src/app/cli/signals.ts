import { open } from 'node:fs/promises'

/** A terminal's Ctrl+C may arrive twice, once by itself and once passed on; a person who means "at once" presses later. */
const SECOND_SIGNAL_MS = 1000
const ENDING = ['SIGINT', 'SIGTERM'] as const

/**
 * What signals mean to a server. SIGINT and SIGTERM stop it, a second one ends the process at once. SIGHUP is the wish to
 * read the configuration again, unless it says that the terminal is gone which the server was started on: that stops it.
 */
export class Signals implements Disposable {
  readonly #stop = new AbortController()
  readonly #reloads = new Set<() => void>()
  /** SIGHUP came before anybody listened. */
  #wanted = false
  #stoppedAtMs = 0
  readonly #hasTerminal = process.stdin.isTTY === true || process.stdout.isTTY === true

  constructor() {
    for (const name of ENDING) process.on(name, this.#onEnding)
    process.on('SIGHUP', this.#onHangup)
  }

  /** Aborted: the server is to stop. */
  get stop(): AbortSignal {
    return this.#stop.signal
  }

  /** @returns the undo */
  onReload(listener: () => void): () => void {
    this.#reloads.add(listener)
    if (this.#wanted) listener()
    this.#wanted = false
    return () => this.#reloads.delete(listener)
  }

  [Symbol.dispose](): void {
    for (const name of ENDING) process.off(name, this.#onEnding)
    process.off('SIGHUP', this.#onHangup)
  }

  readonly #onEnding = (name: NodeJS.Signals): void => {
    if (!this.#stop.signal.aborted) this.#end(name)
    else if (performance.now() - this.#stoppedAtMs > SECOND_SIGNAL_MS) process.exit(1)
  }

  readonly #onHangup = async (): Promise<void> => {
    if (this.#stop.signal.aborted) return
    if (this.#hasTerminal && !(await isThereATerminal())) return this.#end('SIGHUP')
    this.#wanted = this.#reloads.size === 0
    for (const reload of this.#reloads) reload()
  }

  #end(name: NodeJS.Signals): void {
    this.#stoppedAtMs = performance.now()
    this.#stop.abort(new Error(name))
  }
}

/** Whether this process still has a controlling terminal: the file of its own can't be opened when it hung up. */
async function isThereATerminal(): Promise<boolean> {
  try {
    await (await open('/dev/tty')).close()
    return true
  } catch {
    return false
  }
}
