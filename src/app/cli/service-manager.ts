import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { messageOf } from '../../base/errors.ts'
import type { World } from './ports.ts'

/**
 * Tells the service manager that started this process that it takes requests, if it wants to know: READY=1 of sd_notify(3).
 * That is a datagram to a Unix socket, which Node doesn't have, so systemd's own program sends it.
 */
export async function tellReady({ env, stderr }: World): Promise<void> {
  if (env.NOTIFY_SOCKET === undefined) return
  await promisify(execFile)('systemd-notify', ['--ready']).catch((error: unknown) => {
    stderr.write(`The service manager could not be told that the server is ready: ${messageOf(error)}\n`)
  })
}
