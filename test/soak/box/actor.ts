import { type Counted, LoadProcess } from '../../../bench/measure/load-process.ts'
import type { ServerProcess } from '../../light/server-process.ts'

export type BoxOptions = {
  readonly minutes: number
  readonly publishers: number
  readonly encoders: number
  readonly viewers: number
  readonly rewinders: number
  /** Of RTMP, HTTP-FLV and WebSocket-FLV. */
  readonly players: number
  readonly chromium: number
  readonly stalled: number
  /** Hostile peers a second. */
  readonly hostile: number
  /** People in a chat, who say something every second. */
  readonly chat: number
  /** The rewind window. */
  readonly dvrSeconds: number
  /** Minutes at the beginning whose slopes are not judged. */
  readonly warmUp: number
  readonly seed: number
  /** A small run, whose server is impatient: `npm test`. */
  readonly short: boolean
}

/** Where an actor acts. */
export type Scene = {
  readonly options: BoxOptions
  readonly server: ServerProcess
  /** Channels whose encoders stay, and those whose encoders come and go. */
  readonly steady: readonly string[]
  readonly passing: readonly string[]
  /** What encoders replay. */
  readonly file: string
  readonly seed: number
}

/**
 * An actor on its scene. Counts are those since the last look. The verdict understands the names of its own lists (`missing`,
 * `holes`, `stalls`, `lost` and so on, `NEVER` and `IN_TIME` in `verdict.ts`) and `skewMs`, whoever tells them; `lateWorstMs` and
 * `lagMs` tell how busy the machine was.
 */
export type Acting = AsyncDisposable & { look(): Promise<Counted> }

export type Actor = {
  readonly name: string
  /** So that a smaller run can be asked for. */
  readonly wanted: (options: BoxOptions) => boolean
  readonly enter: (scene: Scene) => Promise<Acting>
}

/** An actor in a process of its own: a file beside this one, or a load of the benchmarks. */
export async function inProcess(
  name: string,
  options: object,
  folder: string | undefined = import.meta.dirname,
): Promise<Acting> {
  const load = await LoadProcess.start(name, options, { pinned: false, ...(folder !== undefined && { folder }) })
  return {
    async look() {
      const counted = await load.counted()
      await load.begin()
      return counted
    },
    [Symbol.asyncDispose]: () => load[Symbol.asyncDispose](),
  }
}
