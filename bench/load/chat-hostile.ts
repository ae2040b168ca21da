import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { maskedText, upgradeRequest } from '../../test/light/chat-crowd.ts'
import { HOSTILE_TEXTS } from '../../test/light/hostile-texts.ts'
import { loadOptions, serveLoad } from './serve-load.ts'

/**
 * Clients that mean harm, each from an address of its own and again and again: they flood with messages, reactions, pings
 * and bytes that mean nothing, send what is too large, or take nothing of what they are sent.
 */
const options = loadOptions<{ readonly port: number; readonly path: string; readonly clients: number }>()

const counts = { connected: 0, refused: 0, closed: 0, bytesOut: 0 }
const PING = Buffer.from([0x89, 0x80, 0, 0, 0, 0])

type Way = (turn: number) => Buffer
const WAYS: readonly Way[] = [
  (turn) =>
    maskedText(JSON.stringify({ type: 'say', id: turn, text: HOSTILE_TEXTS[turn % HOSTILE_TEXTS.length]?.text })),
  () => maskedText(JSON.stringify({ type: 'react', kind: 'heart' })),
  () => PING,
  (turn) => maskedText(JSON.stringify({ type: 'join', name: `Flood ${turn}` })),
  (turn) => maskedText(JSON.stringify({ type: 'watching', player: `player-${turn}`, playing: true })),
  () => maskedText('x'.repeat(60_000)),
  () => Buffer.from([0x01, 0x80, 0, 0, 0, 0]),
  () => Buffer.from([0xff, 0xff, 0xff, 0xff]),
]

/** One life: connects, joins, floods as fast as it is taken until it is closed. */
function live(way: Way | undefined, address: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ port: options.port, host: '127.0.0.1' })
    socket.on('error', () => {})
    socket.once('connect', () => socket.write(upgradeRequest(options.port, options.path, address)))
    let turn = 0
    const flood = (): void => {
      if (way === undefined) return
      for (let i = 0; i < 20 && !socket.destroyed; i++) {
        const bytes = way(turn++)
        counts.bytesOut += bytes.byteLength
        if (!socket.write(bytes)) return void socket.once('drain', flood)
      }
      setTimeout(flood, 5)
    }
    socket.once('data', (bytes) => {
      if (!bytes.toString('latin1', 0, 12).endsWith('101')) {
        counts.refused++
        socket.destroy()
        return
      }
      counts.connected++
      socket.write(maskedText(JSON.stringify({ type: 'join', name: `Flood ${address}` })))
      // Who has no way takes nothing, and waits.
      if (way === undefined) socket.pause()
      else socket.resume()
      flood()
    })
    socket.once('close', () => {
      counts.closed++
      resolve()
    })
  })
}

async function again(index: number): Promise<void> {
  const way = WAYS[index % (WAYS.length + 1)]
  for (;;) {
    await live(way, `203.0.${Math.floor(index / 250)}.${1 + (index % 250)}`)
    await sleep(50)
  }
}

for (let i = 0; i < options.clients; i++) void again(i)
await sleep(500)
serveLoad({ begin: () => {}, end: () => counts })
