import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadOptions, serveLoad } from './serve-load.ts'

/** Connections that each ask for the next address of a list as soon as the last answer is there, and throw it away. */
const options = loadOptions<{
  readonly port: number
  readonly connections: number
  readonly paths: readonly string[]
  readonly gzip: boolean
  readonly warmUpMs: number
}>()

const counts = { requests: 0, bytes: 0, failed: 0 }
const END_OF_HEAD = Buffer.from('\r\n\r\n')
const requests = options.paths.map((path) =>
  Buffer.from(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${options.gzip ? 'accept-encoding: gzip\r\n' : ''}\r\n`),
)
/** Shared by all: what comes is looked at once, at once. */
const buffer = Buffer.allocUnsafeSlow(262_144)

function client(index: number): Promise<void> {
  return new Promise((resolve) => {
    let next = index
    let left = 0
    let head: Buffer = Buffer.alloc(0)
    const ask = (socket: Socket): void => {
      head = Buffer.alloc(0)
      const request = requests[next++ % requests.length]
      if (request !== undefined) socket.write(request)
    }
    const take = (socket: Socket, bytes: Buffer): void => {
      counts.bytes += bytes.byteLength
      if (left > 0) {
        left -= bytes.byteLength
        if (left > 0) return
        counts.requests++
        ask(socket)
        return
      }
      head = head.byteLength === 0 ? bytes : Buffer.concat([head, bytes])
      const end = head.indexOf(END_OF_HEAD)
      if (end < 0) {
        head = Buffer.from(head)
        return
      }
      const text = head.toString('latin1', 0, end)
      if (!text.startsWith('HTTP/1.1 200')) counts.failed++
      left = Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? 0) - (head.byteLength - end - 4)
      if (left > 0) return
      counts.requests++
      ask(socket)
    }
    const socket = connect({
      ...{ port: options.port, host: '127.0.0.1', noDelay: true },
      onread: {
        buffer,
        callback: (length) => {
          take(socket, buffer.subarray(0, length))
          return true
        },
      },
    })
    socket.on('error', () => counts.failed++)
    socket.once('connect', () => {
      ask(socket)
      resolve()
    })
  })
}

await Promise.all(Array.from({ length: options.connections }, (_, index) => client(index)))
await sleep(options.warmUpMs)
serveLoad({
  begin: () => {
    counts.requests = 0
    counts.bytes = 0
  },
  end: () => ({ ...counts }),
})
