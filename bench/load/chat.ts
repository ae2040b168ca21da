import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadOptions, serveLoad } from './serve-load.ts'

/**
 * A room full of people: all read, some write now and then. Each message carries the moment it was sent, and all clients are
 * in this process: a delivery's delay is one clock's difference. They are sockets, not WebSocket clients, and what comes is
 * looked through for those moments only, so that the load costs less than what is measured.
 */
const options = loadOptions<{
  readonly port: number
  readonly path: string
  readonly clients: number
  /** Messages a second in all, by as many writers in turn that none writes more than once in four seconds. */
  readonly rate: number
}>()

const MARK = Buffer.from('sent@')
const DIGITS = 12
const LONGEST_MS = 60_000
const delays = new Uint32Array(LONGEST_MS + 1)
let [sent, delivered, lost] = [0, 0, 0]

/** A text as a client sends it (RFC 6455 section 5.3: masked; with a mask of zeros the bytes stay as they are). */
function masked(text: string): Buffer {
  const body = Buffer.from(text)
  const head =
    body.byteLength < 126 ? [0x81, 0x80 | body.byteLength] : [0x81, 0xfe, body.byteLength >> 8, body.byteLength & 255]
  return Buffer.concat([Buffer.from(head), Buffer.alloc(4), body])
}

function stamp(): string {
  return performance.now().toFixed(2).padStart(DIGITS, '0')
}

/** Finds the moments in what comes; one that is cut in two by the network waits for its end. */
function reader(): (bytes: Buffer) => void {
  let rest: Buffer | undefined
  return (chunk) => {
    const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk])
    rest = undefined
    let at = bytes.indexOf(MARK)
    while (at >= 0) {
      const end = at + MARK.byteLength + DIGITS
      if (end > bytes.byteLength) break
      const delay = performance.now() - Number(bytes.toString('latin1', at + MARK.byteLength, end))
      const slot = Math.max(0, Math.min(LONGEST_MS, Math.round(delay)))
      delays[slot] = (delays[slot] ?? 0) + 1
      delivered++
      at = bytes.indexOf(MARK, end)
    }
    if (at >= 0) rest = Buffer.from(bytes.subarray(at))
    else if (bytes.byteLength >= MARK.byteLength && bytes[bytes.byteLength - 1] !== 0x7d) {
      rest = Buffer.from(bytes.subarray(bytes.byteLength - MARK.byteLength + 1))
    }
  }
}

const buffer = Buffer.allocUnsafeSlow(65_536)

function open(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const read = reader()
    let upgraded = false
    const socket = connect({
      ...{ port: options.port, host: '127.0.0.1', noDelay: true },
      onread: {
        buffer,
        callback: (length) => {
          const bytes = buffer.subarray(0, length)
          if (upgraded) read(bytes)
          else if (bytes.toString('latin1', 0, 12) === 'HTTP/1.1 101') {
            upgraded = true
            resolve(socket)
          } else reject(new Error(`no WebSocket: ${bytes.toString('latin1', 0, 60)}`))
          return true
        },
      },
    })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      socket.on('error', () => {})
      socket.on('close', () => lost++)
      socket.write(
        `GET ${options.path} HTTP/1.1\r\nhost: 127.0.0.1:${options.port}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n` +
          'sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
      )
    })
  })
}

const sockets: Socket[] = []
for (let i = 0; i < options.clients; i++) {
  const socket = await open()
  socket.write(masked(JSON.stringify({ type: 'join', name: `Reader ${i} of the room` })))
  sockets.push(socket)
}
const writers = Math.min(sockets.length, Math.ceil(options.rate * 4))
let turn = 0
setInterval(() => {
  const text = `A line of about the length that people write, sent@${stamp()}`
  sockets[turn % writers]?.write(masked(JSON.stringify({ type: 'say', id: turn, text })))
  turn++
  sent++
}, 1000 / options.rate)
await sleep(1000)

function percentileMs(share: number): number {
  let left = delivered * share
  for (const [ms, count] of delays.entries()) {
    left -= count
    if (left <= 0 && delivered > 0) return ms
  }
  return 0
}

serveLoad({
  begin: () => {
    delays.fill(0)
    sent = delivered = lost = 0
  },
  end: () => ({ sent, delivered, lost, p50Ms: percentileMs(0.5), p99Ms: percentileMs(0.99) }),
})
