import { z } from 'zod'
import type { Config } from '../../../config/schema.ts'
import { socketPath } from '../../instance-lock.ts'
import { withServer } from '../api-client.ts'
import { CommandError } from '../exit.ts'
import type { Finding } from './finding.ts'

/** What a server on this data directory says of itself. */
export type RunningServer = {
  readonly version: string
  readonly uptimeSeconds: number
  /** Ports that it listens on, by service. */
  readonly ports: Readonly<Record<string, number | null>>
}

const Health = z.object({
  version: z.string(),
  uptimeSeconds: z.number(),
  ports: z.record(z.string(), z.number().nullable()),
})

/** @returns the server, if one runs and answers, and what to say of it */
export async function runningServer(
  config: Config,
  version: string,
): Promise<{ readonly server: RunningServer | undefined; readonly finding: Finding }> {
  const about = 'server'
  let server: RunningServer | undefined
  try {
    await withServer(config, async (request) => {
      server = Health.parse((await request('GET', '/healthz')).json)
    })
  } catch (error) {
    if (!(error instanceof CommandError)) {
      const found = `what answers at ${socketPath(config.storage.dataDir)} is not a server of this program`
      return { server: undefined, finding: { about, state: 'broken', found } }
    }
    const none = error.message.startsWith('No server runs')
    const finding: Finding = none
      ? { about, state: 'good', found: 'none runs on this data directory' }
      : { about, state: 'broken', found: error.message.replace(/\.$/, '') }
    return { server: undefined, finding }
  }
  if (server === undefined) throw new Error('the server answered nothing')
  const found = `runs version ${server.version} for ${durationWords(server.uptimeSeconds)}`
  const other = server.version !== version
  return {
    server,
    finding: other
      ? { about, state: 'note', found, todo: `This is version ${version}: restart the server to run it.` }
      : { about, state: 'good', found },
  }
}

function durationWords(seconds: number): string {
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.floor(seconds / 60)} minutes`
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} hours` : `${Math.floor(seconds / 86_400)} days`
}
