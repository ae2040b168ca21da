import { setTimeout as sleep } from 'node:timers/promises'
import { encoded } from '../test/light/encoder.ts'
import { until } from '../test/light/server-process.ts'
import { spread } from './measure/figures.ts'
import type { Bench, Measure } from './measure/frame.ts'
import { LoadProcess } from './measure/load-process.ts'
import { residentBytes } from './measure/process-tree.ts'
import { ours } from './targets/ours.ts'
import type { Running } from './targets/target.ts'

const PLAYLIST = '/live/bench-0/source.m3u8'

type Viewers = {
  readonly clients: number
  readonly playlist?: string
  readonly path?: string
  readonly warmUpMs?: number
}

/** Resident memory that one publisher and one viewer add, the media that is kept for players left out. */
export const measure: Measure = {
  name: 'memory',
  about: 'per publisher, per held request and per WebSocket',
  minutes: 4,
  rounds: 3,
  seconds: 15,
  async run(bench) {
    const publisher: number[] = []
    const held: number[] = []
    const socket: number[] = []
    const count = bench.short ? { publishers: 2, viewers: 20 } : { publishers: 30, viewers: 2000 }
    for (let round = 0; round < bench.rounds; round++) {
      await using server = await ours({ packaging: 'always' }).start()
      publisher.push(await perPublisher(bench, server, count.publishers))
      held.push(await perViewer(bench, server, 'hold', { clients: count.viewers, playlist: PLAYLIST, warmUpMs: 1000 }))
      const path = '/api/v1/channels/bench-0/ws'
      socket.push(await perViewer(bench, server, 'sockets', { clients: count.viewers, path }))
    }
    const publishers = `a publisher, of ${count.publishers}, its live window left out`
    bench.tell({ name: publishers, unit: 'MiB', ours: spread(publisher), atMost: 1.5 })
    bench.tell({ name: `a held request, of ${count.viewers}`, unit: 'KiB', ours: spread(held) })
    bench.tell({ name: `a WebSocket, of ${count.viewers}`, unit: 'KiB', ours: spread(socket) })
  },
}

/** MiB. The first publisher warms up what all share. */
async function perPublisher(bench: Bench, server: Running, publishers: number): Promise<number> {
  const file = bench.short ? undefined : await encoded('hd')
  const options = { port: server.rtmpPort, warmUpMs: bench.short ? 100 : 5000, ...(file && { file }) }
  await using _first = await LoadProcess.start('publish', { ...options, publishers: 1 })
  await live(server)
  const before = residentBytes(server.pid) - (await windowBytes(server))
  await using _load = await LoadProcess.start('publish', { ...options, publishers, prefix: 'more' })
  await sleep(bench.seconds * 1000)
  const after = residentBytes(server.pid) - (await windowBytes(server))
  return (after - before) / publishers / 2 ** 20
}

/** KiB. One publisher goes on, so that there is something to wait for. */
async function perViewer(bench: Bench, server: Running, load: string, options: Viewers): Promise<number> {
  await using _publisher = await LoadProcess.start('publish', { port: server.rtmpPort, publishers: 1, warmUpMs: 0 })
  await live(server)
  // Once before: what such viewers make the server load and compile is no memory of theirs.
  await using few = new AsyncDisposableStack()
  if (!bench.short) {
    few.use(await LoadProcess.start(load, { port: server.httpPort, ...options, clients: 10 }))
    await sleep(3000)
  }
  const before = residentBytes(server.pid)
  await using _many = await LoadProcess.start(load, { port: server.httpPort, ...options })
  await sleep(bench.short ? 0 : 3000)
  return (residentBytes(server.pid) - before) / options.clients / 1024
}

const live = (server: Running): Promise<void> =>
  until(async () => (await fetch(`http://127.0.0.1:${server.httpPort}${PLAYLIST}`)).ok, 15_000, 'not live')

/** What the live windows hold, by the server's own metrics. */
async function windowBytes(server: Running): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${server.httpPort}/metrics`)).text()
  return [...text.matchAll(/^streamhost_window_bytes\{.*\} (\d+)/gm)].reduce((sum, [, bytes]) => sum + Number(bytes), 0)
}
