import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { type ELDHistogram, monitorEventLoopDelay } from 'node:perf_hooks'

/** What the box has left, over the time since the last look. */
export type Pressure = {
  /** Share of the time in which the server's main thread wanted a processor and had none. */
  readonly waiting: number
  /** Processors that did nothing; undefined: the system doesn't say. */
  readonly idle: number | undefined
}

/** Where there is no `schedstat`: how often the loop is woken to see how late that is. */
const RESOLUTION_MS = 20
/** `USER_HZ`. */
const TICKS_PER_SECOND = 100
/** Fields of the line "cpu" of /proc/stat, behind its name: user nice system idle iowait … */
const IDLE = 3
const IOWAIT = 4

type Mark = { readonly atMs: number; readonly waitedMs: number | undefined; readonly idleSeconds: number | undefined }

/**
 * Looks at what the server has to wait for. The kernel's pressure (`/proc/pressure/cpu`) is not asked: it counts our own children,
 * which are to wait, for they run at a low urgency. What matters is that the server doesn't.
 */
export class BoxPressure {
  readonly #delay: ELDHistogram
  #mark: Mark | undefined

  constructor() {
    this.#delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  }

  async start(): Promise<void> {
    this.#mark = await take()
    if (this.#mark.waitedMs === undefined) this.#delay.enable()
  }

  stop(): void {
    this.#delay.disable()
  }

  /** Once a second; from one place, for each look begins a new time. */
  async look(): Promise<Pressure> {
    const before = this.#mark
    const now = await take()
    this.#mark = now
    return pressureBetween(before, now, this.#lateness())
  }

  /** By how much the loop was late on average, as a share of its period: its own work counts too, for want of better. */
  #lateness(): number {
    const mean = this.#delay.mean / 1e6
    this.#delay.reset()
    return Number.isFinite(mean) ? Math.max(0, mean - RESOLUTION_MS) / RESOLUTION_MS : 0
  }
}

/** @param lateness stands for the waiting where the system doesn't tell it */
export function pressureBetween(before: Mark | undefined, now: Mark, lateness: number): Pressure {
  const ms = before === undefined ? 0 : now.atMs - before.atMs
  if (before === undefined || ms <= 0) return { waiting: 0, idle: undefined }
  const waited =
    before.waitedMs === undefined || now.waitedMs === undefined ? lateness : (now.waitedMs - before.waitedMs) / ms
  const idle =
    before.idleSeconds === undefined || now.idleSeconds === undefined
      ? undefined
      : Math.min(availableParallelism(), Math.max(0, ((now.idleSeconds - before.idleSeconds) * 1000) / ms))
  return { waiting: Math.min(1, Math.max(0, waited)), idle }
}

async function take(): Promise<Mark> {
  const [schedstat, stat] = await Promise.all([
    text(`/proc/${process.pid}/task/${process.pid}/schedstat`),
    text('/proc/stat'),
  ])
  return {
    atMs: performance.now(),
    waitedMs: schedstat === undefined ? undefined : waitedIn(schedstat),
    idleSeconds: stat === undefined ? undefined : idleIn(stat),
  }
}

/** `schedstat`: nanoseconds on a processor, nanoseconds in a run queue, times on a processor. @returns milliseconds */
export function waitedIn(schedstat: string): number | undefined {
  const waited = Number(schedstat.split(' ')[1])
  return Number.isFinite(waited) ? waited / 1e6 : undefined
}

/** Idle seconds of all processors since the start, those that waited for a disk included. */
export function idleIn(stat: string): number | undefined {
  const fields = /^cpu +(.*)$/m.exec(stat)?.[1]?.split(' ').map(Number) ?? []
  const ticks = (fields[IDLE] ?? Number.NaN) + (fields[IOWAIT] ?? 0)
  return Number.isFinite(ticks) ? ticks / TICKS_PER_SECOND : undefined
}

async function text(path: string): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined
  try {
    return await readFile(path, 'utf8')
  } catch {
    return undefined
  }
}
