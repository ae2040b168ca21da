import type { z } from 'zod'
import type { Ingest } from './sections/ingest.ts'
import type { Server } from './sections/server.ts'

/** Where the server listens for TCP, and the section of the configuration that says so. */
export type Listener = {
  readonly service: 'http' | 'https' | 'rtmp' | 'rtmps'
  readonly host: string
  readonly port: number
  readonly section: 'server.http' | 'server.https' | 'ingest.rtmp' | 'ingest.rtmps'
}

type Listening = { readonly server: z.output<typeof Server>; readonly ingest: z.output<typeof Ingest> }

/** All that are on. */
export function listenersOf({ server, ingest }: Listening): readonly Listener[] {
  const { http, https } = server
  const { rtmp, rtmps } = ingest
  const plain: Listener[] = [
    { service: 'http', ...http, section: 'server.http' },
    { service: 'rtmp', ...rtmp, section: 'ingest.rtmp' },
  ]
  if (https.mode === 'off') return plain
  return [
    ...plain,
    { service: 'https', host: http.host, port: https.port, section: 'server.https' },
    { service: 'rtmps', host: rtmp.host, port: rtmps.port, section: 'ingest.rtmps' },
  ]
}

/** Whether one of the two would find its port taken by the other. */
export function collide(one: Listener, other: Listener): boolean {
  if (one.port !== other.port || one.port === 0) return false
  return one.host === other.host || takesIn(one.host, other.host) || takesIn(other.host, one.host)
}

/** Whether an address to listen on is all addresses, and another one among them. */
function takesIn(all: string, host: string): boolean {
  return all === '::' || (all === '0.0.0.0' && !host.includes(':'))
}
