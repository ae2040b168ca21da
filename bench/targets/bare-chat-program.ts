import { WebSocketServer } from 'ws'

/** The least a chat on `ws` must do: parse what comes, and `ws.send` it to each who is there. */
const { port } = JSON.parse(process.argv[2] ?? '{}') as { port: number }
let seq = 0

const server = new WebSocketServer({ port, host: '127.0.0.1', perMessageDeflate: false, maxPayload: 16_384 })
server.on('connection', (client) => {
  let name = ''
  client.on('error', () => {})
  client.on('message', (data) => {
    const message = JSON.parse(data.toString()) as { type: string; name?: string; text?: string }
    if (message.type === 'join') name = message.name ?? ''
    if (message.type !== 'say') return
    seq++
    const from = { id: 'a-person-of-this', name, role: 'guest' }
    const messages = [{ seq, from, text: message.text, at: new Date().toISOString() }]
    const text = JSON.stringify({ type: 'messages', messages })
    for (const each of server.clients) each.send(text)
  })
})
