import { fileVersion } from '../../config/load.ts'

const LOOK_MS = 1000

/**
 * Tells when a file was saved. It looks once a second instead of being told by the system: that finds what editors do
 * (another file in its place, a link that points elsewhere) and works on network and container mounts alike. A file that
 * still changes, or is away for a moment, is waited for.
 */
export class SavedFile {
  readonly #file: string
  readonly #known: () => string | null
  readonly #saved: () => void
  readonly #lookMs: number
  #timer: NodeJS.Timeout | undefined
  #seen: string | undefined
  #told: string | undefined

  /** @param known the version (`fileVersion`) that needs no telling */
  constructor(file: string, known: () => string | null, saved: () => void, lookMs = LOOK_MS) {
    this.#file = file
    this.#known = known
    this.#saved = saved
    this.#lookMs = lookMs
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.#look(), this.#lookMs).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  async #look(): Promise<void> {
    const now = await fileVersion(this.#file).catch(() => undefined)
    const settled = now === this.#seen
    this.#seen = now
    if (!settled || now === undefined || now === this.#told || now === this.#known()) return
    if (this.#timer === undefined) return
    this.#told = now
    this.#saved()
  }
}
