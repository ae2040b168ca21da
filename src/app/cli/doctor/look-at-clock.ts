import { execFile } from 'node:child_process'
import { access } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { Finding } from './finding.ts'

const ASKED_MS = 3000
const ABOUT = 'clock'

/** Whether something keeps the clock right: encoders, players and one-time codes go by it. */
export async function lookAtClock(): Promise<Finding> {
  const kept = await isSynchronised()
  if (kept === true) return { about: ABOUT, state: 'good', found: 'kept right by the network' }
  if (kept === false) {
    const todo = 'Switch it on: timedatectl set-ntp true, or install chrony.'
    return { about: ABOUT, state: 'note', found: 'nothing keeps it right by the network', todo }
  }
  return {
    about: ABOUT,
    state: 'good',
    found: `${new Date().toISOString()}; whether the network keeps it right is not known here`,
  }
}

/** @returns undefined: the system doesn't say; in a container the host's clock is none of its business */
async function isSynchronised(): Promise<boolean | undefined> {
  if (process.platform !== 'linux') return undefined
  const said = await output('timedatectl', ['show', '-p', 'NTPSynchronized', '--value'])
  if (said === 'yes' || said === 'no') return said === 'yes'
  const tracking = await output('chronyc', ['-n', 'tracking'])
  if (tracking !== undefined) return /^Leap status\s*:\s*Normal/m.test(tracking)
  const mark = await access('/run/systemd/timesync/synchronized').then(
    () => true,
    () => undefined,
  )
  return mark
}

async function output(program: string, args: readonly string[]): Promise<string | undefined> {
  try {
    return (await promisify(execFile)(program, args, { timeout: ASKED_MS })).stdout.trim()
  } catch {
    return undefined
  }
}
