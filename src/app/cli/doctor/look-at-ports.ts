import { createServer } from 'node:net'
import { type Listener, listenersOf } from '../../../config/listeners.ts'
import type { Config } from '../../../config/schema.ts'
import { attemptToListen } from '../../listen.ts'
import type { Finding } from './finding.ts'
import { holderOf } from './port-holder.ts'
import type { RunningServer } from './running-server.ts'

const NAMES = { http: 'HTTP', https: 'HTTPS', rtmp: 'RTMP', rtmps: 'RTMPS' } as const

/** Whether each port is ours, or could be. */
export async function lookAtPorts(config: Config, server: RunningServer | undefined): Promise<Finding[]> {
  return Promise.all(listenersOf(config).map((listener) => lookAt(listener, server)))
}

async function lookAt({ service, host, port, section }: Listener, server: RunningServer | undefined): Promise<Finding> {
  const about = `port of ${NAMES[service]}`
  if (server !== undefined) {
    const bound = server.ports[service]
    if (bound == null) {
      const todo = 'Restart it, so that the configuration gets into force.'
      return { about, state: 'broken', found: `the server does not listen for ${NAMES[service]}`, todo }
    }
    const found = `${bound}, the server listens`
    if (port === 0 || bound === port) return { about, state: 'good', found }
    return {
      about,
      state: 'note',
      found: `${found}, but the configuration says ${port}`,
      todo: 'It holds after a restart.',
    }
  }
  if (port === 0) return { about, state: 'good', found: 'any that is free' }
  const probe = createServer()
  try {
    await attemptToListen(probe, host, port)
    return { about, state: 'good', found: `${port} is free` }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EADDRINUSE') {
      const holder = await holderOf(port)
      const found = `${port} is used by ${holder ?? 'another program'}`
      return { about, state: 'broken', found, todo: `Stop that one, or set ${section}.port to a free port.` }
    }
    if (code === 'EACCES') {
      const todo = `Set ${section}.port to one above 1023, or allow it (systemd: AmbientCapabilities=CAP_NET_BIND_SERVICE).`
      return { about, state: 'broken', found: `${port} may not be opened by this user`, todo }
    }
    const todo = `Set ${section}.host to an address of this machine, or to "::" for all of them.`
    return { about, state: 'broken', found: `${host} port ${port} can’t be listened on`, todo }
  } finally {
    if (probe.listening) await new Promise((resolve) => probe.close(resolve))
  }
}
