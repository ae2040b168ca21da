import { readdirSync, readFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { cpuMs } from '../../../bench/measure/process-tree.ts'
import type { ServerProcess } from '../../light/server-process.ts'
import { readExposition } from '../../oracles/exposition.ts'
import type { Acting } from './actor.ts'

/** One look at everything. Memory in MiB, times in seconds or, where they say so, in milliseconds. */
export type Sample = {
  /** Since all actors were there. */
  readonly second: number
  readonly rss: number
  readonly heap: number
  /** Memory of buffers outside V8's heap. */
  readonly external: number
  readonly descriptors: number
  readonly threads: number
  readonly eventLoopP99Ms: number
  /** Of the server and all it started, since its start. */
  readonly cpuSeconds: number
  /** How long the server's main thread wanted a processor and had none, since its start. */
  readonly waitedSeconds: number
  readonly load: number
  /** Metrics of the server, added up over their labels. */
  readonly server: Readonly<Record<string, number>>
  /** What each actor counted since the last sample. */
  readonly actors: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly faults: readonly string[]
}

const MIB = 2 ** 20
const TOLD = [
  ...[
    'streamhost_broadcasts',
    'streamhost_window_bytes',
    'streamhost_window_segments',
    'streamhost_edge_held_requests',
  ],
  ...['streamhost_edge_late_requests_total', 'streamhost_edge_refused_requests_total', 'streamhost_edge_open_answers'],
  ...[
    'streamhost_edge_stalled_clients_total',
    'streamhost_websocket_connections',
    'streamhost_websocket_cut_off_total',
  ],
  ...['streamhost_rtmp_connections', 'streamhost_store_waiting_calls', 'streamhost_store_failed_calls_total'],
  ...[
    'streamhost_broadcast_dropped_packets_total',
    'streamhost_ingest_sound_resyncs_total',
    'nodejs_active_resources_total',
  ],
]

/** Entries of `/proc/<pid>/<what>`: open descriptors, threads. */
export const countIn = (pid: number, what: 'fd' | 'task'): number => readdirSync(`/proc/${pid}/${what}`).length

export async function takeSample(
  server: ServerProcess,
  actors: ReadonlyMap<string, Acting>,
  second: number,
): Promise<Sample> {
  const pid = server.child.pid ?? 0
  const metrics = readExposition(await (await fetch(`${server.url}/metrics`)).text())
  const sumOf = (name: string): number => {
    let sum = 0
    for (const { value } of metrics.get(name)?.samples ?? []) sum += value
    return sum
  }
  const looks = await Promise.all([...actors].map(async ([name, actor]) => [name, await actor.look()] as const))
  return {
    second: Math.round(second),
    rss: mib(Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024),
    heap: mib(sumOf('nodejs_heap_size_used_bytes')),
    external: mib(sumOf('nodejs_external_memory_bytes')),
    descriptors: countIn(pid, 'fd'),
    threads: countIn(pid, 'task'),
    eventLoopP99Ms: Math.round(sumOf('nodejs_eventloop_lag_p99_seconds') * 1000),
    cpuSeconds: Math.round(cpuMs(pid)) / 1000,
    waitedSeconds: waitedSeconds(pid),
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    server: Object.fromEntries(TOLD.map((name) => [name.replace(/^streamhost_/, ''), sumOf(name)])),
    actors: Object.fromEntries(looks.map(([name, { counts }]) => [name, counts])),
    faults: looks.flatMap(([name, { faults }]) => faults.map((words) => `${name}: ${words}`)),
  }
}

/** The second number of `schedstat`: nanoseconds in a run queue. */
function waitedSeconds(pid: number): number {
  const [, waited] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')
  return Math.round(Number(waited ?? 0) / 1e6) / 1000
}

const mib = (bytes: number): number => Math.round((bytes / MIB) * 10) / 10
