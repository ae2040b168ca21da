import { setTimeout as sleep } from 'node:timers/promises'
import type { Bench, Measure } from './measure/frame.ts'
import { LoadProcess } from './measure/load-process.ts'
import { cpuMs } from './measure/process-tree.ts'
import { compare, interleave, type Sample } from './measure/rounds.ts'
import { bareChat } from './targets/bare-chat.ts'
import { ours } from './targets/ours.ts'
import type { Running } from './targets/target.ts'

const PATH = '/api/v1/channels/room/ws'
/** One message a second is a quiet room: each goes out at once. Twenty are a full one: they go out together. */
const RATES = { quiet: 1, busy: 20 } as const

/** Chat: processor time of each message to each of those in the room, and how late it comes. */
export const measure: Measure = {
  name: 'chat-fanout',
  about:
    '1,000 and 5,000 people in a room, one and twenty messages a second, beside a bare ws server that sends to each',
  minutes: 12,
  rounds: 5,
  seconds: 6,
  async run(bench) {
    for (const clients of bench.short ? [20] : [1000, 5000]) {
      for (const [kind, rate] of Object.entries(RATES)) {
        if (bench.short && kind === 'quiet') continue
        const target = bareChat()
        const rounds = await interleave(bench, [
          {
            name: 'ours',
            sample: async () => sample(bench, ours({ packaging: 'off', channels: ['room'] }), clients, rate),
          },
          { name: target.name, sample: async () => sample(bench, target, clients, rate) },
        ])
        const about = `${clients} people, ${rate} a second`
        const cpu = { [target.name]: { atMost: 0.8 } }
        const late = { [target.name]: kind === 'quiet' ? { atMost: 1 } : {} }
        for (const each of compare(rounds, 'perDelivery', { name: about, unit: 'µs CPU per delivery' }, cpu))
          bench.tell(each)
        for (const each of compare(rounds, 'p50', { name: `${about}, p50`, unit: 'ms' })) bench.tell(each)
        for (const each of compare(rounds, 'p99', { name: `${about}, p99`, unit: 'ms' }, late)) bench.tell(each)
      }
    }
  },
}

async function sample(
  bench: Bench,
  target: { start(): Promise<Running> },
  clients: number,
  rate: number,
): Promise<Sample> {
  // A server of its own for each turn: what another room left behind is not measured.
  await using server = await target.start()
  await using load = await LoadProcess.start('chat', { port: server.httpPort, path: PATH, clients, rate })
  await load.begin()
  const before = cpuMs(server.pid)
  await sleep(bench.short ? 500 : bench.seconds * 1000)
  const { delivered = 0, lost = 0, p50Ms = 0, p99Ms = 0 } = await load.end()
  const cpu = cpuMs(server.pid) - before
  if (lost > 0) throw new Error(`${lost} connections were lost`)
  if (delivered === 0) throw new Error('nothing was delivered')
  // A millisecond is the clock's grain: below it two are the same.
  return { perDelivery: (cpu * 1000) / delivered, p50: Math.max(1, p50Ms), p99: Math.max(1, p99Ms) }
}
