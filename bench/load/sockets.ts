import { connect } from 'node:net'
import { loadOptions, serveLoad } from './serve-load.ts'

/** Many WebSockets that listen and say nothing. */
const options = loadOptions<{ readonly port: number; readonly clients: number; readonly path: string }>()

let open = 0
for (let i = 0; i < options.clients; i++) {
  await new Promise<void>((resolve, reject) => {
    const socket = connect({ port: options.port, host: '127.0.0.1' })
    socket.once('error', reject)
    socket.once('connect', () =>
      socket.write(
        `GET ${options.path} HTTP/1.1\r\nhost: 127.0.0.1:${options.port}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n` +
          'sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
      ),
    )
    socket.once('data', (bytes) => {
      if (!bytes.toString('latin1').startsWith('HTTP/1.1 101'))
        reject(new Error(`no WebSocket: ${bytes.toString('latin1').split('\r\n')[0]}`))
      open++
      socket.off('error', reject)
      socket.on('error', () => {})
      socket.on('close', () => open--)
      resolve()
    })
  })
}
serveLoad({ begin: () => {}, end: () => ({ open }) })
