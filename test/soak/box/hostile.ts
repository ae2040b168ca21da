import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadOptions } from '../../../bench/load/serve-load.ts'
import { Chance } from './chance.ts'
import { httpWays, webSocketWays } from './hostile-http.ts'
import { rtmpWays } from './hostile-rtmp.ts'
import { serveTally, Tally } from './tally.ts'

/** Peers that mean harm, so many a second, each in one of the ways. */
export type HostileOptions = {
  readonly httpPort: number
  readonly rtmpPort: number
  readonly channels: readonly string[]
  readonly perSecond: number
  readonly seed: number
}

/** What one of them does: bytes one after the other, each so long after the one before. */
export type Harm = { readonly name: string; readonly bytes: readonly (string | Buffer)[]; readonly apartMs?: number }

/** Makes a harm; each is another one. */
export type Way = (chance: Chance, slug: string) => Harm

/** Who is not sent away by then goes by itself. */
const PATIENCE_MS = 20_000
const MOST_AT_ONCE = 300

const options = loadOptions<HostileOptions>()
const tally = new Tally()
const chance = new Chance(options.seed)
let open = 0

const peers = [
  ...rtmpWays.map((way) => ({ way, port: options.rtmpPort })),
  ...[...httpWays, ...webSocketWays].map((way) => ({ way, port: options.httpPort })),
]

function harm(port: number, { name, bytes, apartMs = 0 }: Harm): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    let read = 0
    let closed = false
    const patience = setTimeout(() => socket.destroy(), PATIENCE_MS)
    socket.on('error', () => {})
    socket.on('data', (answer: Buffer) => {
      // An answer that says that we did wrong.
      if (read === 0 && /^HTTP\/1\.1 5(?!03)/.test(answer.toString('latin1', 0, 12)))
        tally.fault('serverErrors', `${name}: ${answer.toString('latin1', 0, 200)}`)
      read += answer.byteLength
    })
    socket.once('connect', async () => {
      for (const each of bytes) {
        if (closed) return
        socket.write(each)
        if (apartMs > 0) await sleep(apartMs)
      }
      if (!closed) socket.end()
    })
    socket.once('close', () => {
      closed = true
      clearTimeout(patience)
      tally.add(name)
      if (read > 0) tally.add('answered')
      resolve()
    })
  })
}

setInterval(() => {
  if (open >= MOST_AT_ONCE) {
    tally.add('heldBack')
    return
  }
  const { way, port } = chance.oneOf(peers)
  open++
  void harm(port, way(chance, chance.oneOf(options.channels))).then(() => open--)
}, 1000 / options.perSecond)
await sleep(500)
serveTally(tally, () => ({ open }))
