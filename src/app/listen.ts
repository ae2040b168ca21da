import { createServer, type Server } from 'node:net'
import { ConfigError, messageOf } from '../base/errors.ts'
import type { Listener } from '../config/listeners.ts'

/** Where to listen, and the section of the configuration that says so. */
export type Place = Pick<Listener, 'host' | 'port' | 'section'>

const PROTOCOL = {
  ...{ 'server.http': 'HTTP', 'server.https': 'HTTPS', 'ingest.rtmp': 'RTMP', 'ingest.rtmps': 'RTMPS' },
} as const

/** Listens; `::` becomes `0.0.0.0` where IPv6 is off. @throws ConfigError with a sentence that names the setting */
export async function listen(server: Server, { host, port, section }: Place): Promise<void> {
  try {
    await attemptToListen(server, host, port)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const why =
      code === 'EADDRINUSE'
        ? `another program uses it: stop that one, or set ${section}.port to a free port`
        : code === 'EACCES'
          ? `this user may not use it: set ${section}.port to one above 1023`
          : `${messageOf(error)}: set ${section}.host and ${section}.port to an address of this machine`
    throw new ConfigError(`can't listen for ${PROTOCOL[section]} on port ${port}: ${why}`, { cause: error })
  }
}

/** Whether all can be listened on, before anything is made that can be shown only once. @throws ConfigError */
export async function mustBeFree(places: readonly Place[]): Promise<void> {
  for (const place of places) {
    if (place.port === 0) continue
    const probe = createServer()
    await listen(probe, place)
    await new Promise((resolve) => probe.close(resolve))
  }
}

/** The same. @throws what the system throws */
export async function attemptToListen(server: Server, host: string, port: number): Promise<void> {
  await attempt(server, host, port).catch((error: NodeJS.ErrnoException) => {
    if (host !== '::' || (error.code !== 'EAFNOSUPPORT' && error.code !== 'EADDRNOTAVAIL')) throw error
    return attempt(server, '0.0.0.0', port)
  })
}

function attempt(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
