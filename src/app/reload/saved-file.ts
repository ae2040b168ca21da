import { stat } from 'node:fs/promises'

const LOOK_MS = 1000

/**
 * Tells when a file was saved. It looks once a second instead of being told by the system: that finds what editors do
 * (another file in its place, a link that points elsewhere) and works on network and container mounts alike. A file that
 * still changes, or is away for a moment, is waited for.
 */
export class SavedFile {
  readonly #file: string
  readonly #saved: () => void
  readonly #lookMs: number
  #timer: NodeJS.Timeout | undefined
  /** As it was when it was last told of. */
  #told: string | undefined
  #seen: string | undefined

  constructor(file: string, saved: () => void, lookMs = LOOK_MS) {
    this.#file = file
    this.#saved = saved
    this.#lookMs = lookMs
  }

  /** What was saved before is no news. */
  async start(): Promise<void> {
    this.stop()
    this.#told = await identityOf(this.#file)
    this.#seen = this.#told
    this.#timer = setInterval(() => void this.#look(), this.#lookMs).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  async #look(): Promise<void> {
    const now = await identityOf(this.#file)
    const settled = now === this.#seen
    this.#seen = now
    if (!settled || now === undefined || now === this.#told || this.#timer === undefined) return
    this.#told = now
    this.#saved()
  }
}

/** Undefined: it isn't there, or can't be looked at. */
async function identityOf(file: string): Promise<string | undefined> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true })
    return [dev, ino, size, mtimeNs, ctimeNs].join()
  } catch {
    return undefined
  }
}
