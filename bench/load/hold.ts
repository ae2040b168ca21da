import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadOptions, percentile, serveLoad } from './serve-load.ts'

/**
 * Blocking playlist reloads, one on each connection. The first connection leads: it asks for the plain playlist and reads
 * from its preload hint what comes next; the others ask for the compressed one, throw it away, and ask for the part that
 * the leader has learnt of.
 */
const options = loadOptions<{
  readonly port: number
  readonly clients: number
  readonly playlist: string
  readonly warmUpMs: number
}>()

const HINT = /#EXT-X-PRELOAD-HINT:.*\/(\d+)\.(\d+)\.m4s"/
const counts = { answers: 0, releases: 0, failed: 0, lost: 0 }
let delays: number[] = []
let releasedAt = 0
/** What is asked for next, and by whom once the leader knows it. */
let query = ''
let ready: Socket[] = []

function ask(socket: Socket, gzip: boolean): void {
  socket.write(
    `GET ${options.playlist}${query} HTTP/1.1\r\nhost: 127.0.0.1\r\n${gzip ? 'accept-encoding: gzip\r\n' : ''}\r\n`,
  )
}

/** An answer is read to its end, and its text only where somebody wants it. */
function reader(onAnswer: (body: string) => void, wanted: boolean): (bytes: Buffer) => void {
  let left = 0
  let kept: Buffer = Buffer.alloc(0)
  return (bytes) => {
    if (left > 0) {
      left -= bytes.byteLength
      if (wanted) kept = Buffer.concat([kept, bytes])
    } else {
      const end = bytes.indexOf('\r\n\r\n')
      const head = bytes.toString('latin1', 0, end < 0 ? undefined : end)
      if (end < 0 || !head.startsWith('HTTP/1.1 200')) {
        counts.failed++
        return
      }
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
      left = length - (bytes.byteLength - end - 4)
      if (wanted) kept = Buffer.from(bytes.subarray(end + 4))
    }
    if (left > 0) return
    left = 0
    onAnswer(wanted ? kept.toString() : '')
  }
}

const buffer = Buffer.allocUnsafeSlow(65_536)

function open(onBytes: (bytes: Buffer) => void): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      ...{ port: options.port, host: '127.0.0.1', noDelay: true },
      onread: {
        buffer,
        callback: (length) => {
          onBytes(buffer.subarray(0, length))
          return true
        },
      },
    })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      socket.on('error', () => {})
      socket.on('close', () => counts.lost++)
      resolve(socket)
    })
  })
}

const leader: Socket = await open(
  reader((body) => {
    const [, msn, part] = HINT.exec(body) ?? []
    if (msn === undefined) {
      counts.failed++
      return
    }
    releasedAt = performance.now()
    counts.releases++
    query = `?_HLS_msn=${msn}&_HLS_part=${part}`
    ask(leader, false)
    const now = ready
    ready = []
    for (const socket of now) ask(socket, true)
  }, true),
)
ask(leader, false)

for (let i = 1; i < options.clients; i++) {
  let askedFor = ''
  const socket: Socket = await open(
    reader(() => {
      counts.answers++
      if (releasedAt > 0) delays.push(performance.now() - releasedAt)
      // The leader has not learnt yet what comes next: it will let this one go on.
      if (askedFor === query) ready.push(socket)
      else {
        askedFor = query
        ask(socket, true)
      }
    }, false),
  )
  ready.push(socket)
}
await sleep(options.warmUpMs)
serveLoad({
  begin: () => {
    delays = []
    counts.answers = 0
    counts.releases = 0
  },
  end: () => ({ ...counts, p50Ms: percentile(delays, 0.5), p99Ms: percentile(delays, 0.99) }),
})
