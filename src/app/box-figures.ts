import { statfs } from 'node:fs/promises'
import { availableParallelism, totalmem } from 'node:os'
import { type ELDHistogram, monitorEventLoopDelay } from 'node:perf_hooks'

/** Over how many seconds rates are averaged. */
const WINDOW_SECONDS = 5
/** A timer that fires as often: each time the loop wakes, on an idle box too. */
const RESOLUTION_MS = 100

/** What the box has, or what a container may take of it; without a limit Node answers 0 or more than there is. */
const TOTAL_MEMORY_BYTES = Math.min(process.constrainedMemory() || totalmem(), totalmem())

type Mark = { readonly atMs: number; readonly cpuMicros: number; readonly bytes: number }

/** What this process takes and gives: processor, memory, event loop, disk, bytes out. Averages over the last seconds. */
export class BoxFigures {
  readonly #dataDir: string
  readonly #bytesOut: () => number
  readonly #delay: ELDHistogram
  readonly #marks: Mark[] = []
  #eventLoopDelayMs = 0
  #ticks = 0
  #disk: { readonly freeBytes: number; readonly totalBytes: number } | null = null

  /** @param bytesOut sum of all bytes sent to viewers so far */
  constructor(options: { readonly dataDir: string; readonly bytesOut: () => number }) {
    this.#dataDir = options.dataDir
    this.#bytesOut = options.bytesOut
    this.#delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
    this.#delay.enable()
  }

  /** Once a second. */
  tick(monotonicMs: number): void {
    const { user, system } = process.cpuUsage()
    this.#marks.push({ atMs: monotonicMs, cpuMicros: user + system, bytes: this.#bytesOut() })
    if (this.#marks.length > WINDOW_SECONDS + 1) this.#marks.shift()
    // The histogram counts a timer's whole period; what exceeds it is the delay.
    this.#eventLoopDelayMs = Math.max(0, this.#delay.percentile(99) / 1e6 - RESOLUTION_MS)
    if (++this.#ticks % WINDOW_SECONDS !== 0) return
    this.#delay.reset()
    void this.#lookAtDisk()
  }

  stop(): void {
    this.#delay.disable()
  }

  /** Once at the start: the disk is asked, which takes a moment. */
  async start(): Promise<void> {
    await this.#lookAtDisk()
  }

  describe(): {
    /** Share of one core. */
    readonly cpu: number
    readonly cores: number
    readonly memoryBytes: number
    readonly totalMemoryBytes: number
    readonly eventLoopDelayMs: number
    /** Of the data directory; null where the file system doesn't say. */
    readonly disk: { readonly freeBytes: number; readonly totalBytes: number } | null
    /** Bits a second. */
    readonly outgoingBitrate: number
  } {
    const first = this.#marks[0]
    const last = this.#marks.at(-1)
    const seconds = first && last ? (last.atMs - first.atMs) / 1000 : 0
    const perSecond = (value: (mark: Mark) => number): number =>
      first && last && seconds > 0 ? (value(last) - value(first)) / seconds : 0
    return {
      cpu: Math.round(perSecond(({ cpuMicros }) => cpuMicros / 1e6) * 1000) / 1000,
      cores: availableParallelism(),
      memoryBytes: process.memoryUsage.rss(),
      totalMemoryBytes: TOTAL_MEMORY_BYTES,
      eventLoopDelayMs: Math.round(this.#eventLoopDelayMs * 10) / 10,
      disk: this.#disk,
      outgoingBitrate: Math.round(perSecond(({ bytes }) => bytes) * 8),
    }
  }

  async #lookAtDisk(): Promise<void> {
    try {
      const { bavail, blocks, bsize } = await statfs(this.#dataDir)
      this.#disk = { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
    } catch {
      this.#disk = null
    }
  }
}
