import { setTimeout as sleep } from 'node:timers/promises'
import { type H2Wire, openH2Wire, requestFields } from './h2-wire.ts'
import { loadOptions, percentile, serveLoad } from './serve-load.ts'

/** As `hold.ts`, by HTTP/2 over TLS: blocking playlist reloads, one on each connection; the first one leads. */
const options = loadOptions<{
  readonly port: number
  readonly clients: number
  readonly playlist: string
  readonly warmUpMs: number
}>()

const HINT = /#EXT-X-PRELOAD-HINT:.*\/(\d+)\.(\d+)\.m4s"/
const AT_ONCE = 20
const counts = { answers: 0, releases: 0, failed: 0, lost: 0 }
let delays: number[] = []
let releasedAt = 0
let query = ''
let fields: Buffer = Buffer.alloc(0)
let ready: (() => void)[] = []

const leader = await openH2Wire({
  port: options.port,
  text: true,
  onFailed: () => counts.failed++,
  onAnswer: (wire, text) => {
    const [, msn, part] = HINT.exec(text) ?? []
    if (msn === undefined) {
      counts.failed++
      return
    }
    releasedAt = performance.now()
    counts.releases++
    query = `?_HLS_msn=${msn}&_HLS_part=${part}`
    fields = requestFields(options.playlist + query, true)
    wire.ask(requestFields(options.playlist + query, false))
    const now = ready
    ready = []
    for (const ask of now) ask()
  },
})
leader.ask(requestFields(options.playlist, false))

async function follow(): Promise<void> {
  let askedFor = ''
  const ask = (wire: H2Wire): void => {
    askedFor = query
    wire.ask(fields)
  }
  const wire = await openH2Wire({
    port: options.port,
    onFailed: () => counts.failed++,
    onAnswer: (same) => {
      counts.answers++
      if (releasedAt > 0) delays.push(performance.now() - releasedAt)
      // The leader has not learnt yet what comes next: it will let this one go on.
      if (askedFor === query) ready.push(() => ask(same))
      else ask(same)
    },
  })
  ready.push(() => ask(wire))
}

for (let i = 1; i < options.clients; i += AT_ONCE)
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, options.clients - i) }, follow))
await sleep(options.warmUpMs)
serveLoad({
  begin: () => {
    delays = []
    counts.answers = 0
    counts.releases = 0
  },
  end: () => ({ ...counts, p50Ms: percentile(delays, 0.5), p99Ms: percentile(delays, 0.99) }),
})
