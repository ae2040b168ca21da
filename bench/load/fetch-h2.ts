import { setTimeout as sleep } from 'node:timers/promises'
import { openH2Wire, requestFields } from './h2-wire.ts'
import { loadOptions, serveLoad } from './serve-load.ts'

/** As `fetch.ts`, by HTTP/2 over TLS: each connection asks for the next address when the last answer is there. */
const options = loadOptions<{
  readonly port: number
  readonly connections: number
  readonly paths: readonly string[]
  readonly gzip: boolean
  readonly warmUpMs: number
}>()

const counts = { requests: 0, bytes: 0, failed: 0 }
const requests = options.paths.map((path) => requestFields(path, options.gzip))
const request = (at: number): Buffer => requests[at % requests.length] ?? Buffer.alloc(0)

for (let index = 0; index < options.connections; index++) {
  let next = index
  const wire = await openH2Wire({
    port: options.port,
    onBytes: (bytes) => {
      counts.bytes += bytes
    },
    onFailed: () => counts.failed++,
    onAnswer: (same) => {
      counts.requests++
      same.ask(request(next++))
    },
  })
  wire.ask(request(next++))
}
await sleep(options.warmUpMs)
serveLoad({
  begin: () => {
    counts.requests = 0
    counts.bytes = 0
  },
  end: () => ({ ...counts }),
})
