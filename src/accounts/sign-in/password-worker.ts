import { getPriority, setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { messageOf } from '../../base/errors.ts'
import { hashPassword, passwordMatches } from './password-hash.ts'
import type { FromPasswordWorker, PasswordSettings, ToPasswordWorker } from './password-protocol.ts'

/**
 * The thread of passwords: each takes tens of milliseconds of processor and 19 MiB by design, one after the other, so that
 * nobody who tries many can take more than one core, and that one only when nothing else wants it.
 */
const port = parentPort
if (port === null) throw new Error('this file is the entry of a worker thread')

const { cost }: PasswordSettings = workerData
/** Steps of niceness behind the rest of the program, and the last there is. */
const BEHIND = 10
const LAST = 19

try {
  // On Linux both are the thread's own (setpriority(2), "C library/kernel differences"). Ten behind the others, whatever those
  // have: a number by itself would put it before them where the whole program was started to be kind.
  if (process.platform === 'linux') setPriority(Math.min(LAST, getPriority() + BEHIND))
} catch {
  // A container may forbid it; then it is as any other.
}

const say = (message: FromPasswordWorker): void => port.postMessage(message)

port.on('message', (message: ToPasswordWorker) => {
  if (message.type === 'close') {
    port.close()
    return
  }
  const { id, password } = message
  try {
    const value = message.type === 'hash' ? hashPassword(password, cost) : passwordMatches(password, message.hash)
    say({ type: 'value', id, value })
  } catch (error) {
    say({ type: 'error', id, message: messageOf(error) })
  }
})
