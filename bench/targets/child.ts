import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { until } from '../../test/light/server-process.ts'

/** On a machine that is busy with other things. */
const LONGEST_MS = 60_000

/** Starts another server's program and waits until it takes connections. @throws Error with its own words */
export async function startChild(
  program: string,
  args: readonly string[],
  ports: { readonly rtmpPort: number; readonly httpPort: number },
  clean: () => Promise<void>,
): Promise<AsyncDisposable & { readonly pid: number }> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let gone = false
  const exited = new Promise<void>((resolve) => {
    const end = (): void => {
      gone = true
      resolve()
    }
    child.once('exit', end)
    child.once('error', end)
  })
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-8192)
    })
  }
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), 5000)
    if (!gone) await exited
    clearTimeout(late)
    await clean()
  }
  try {
    const all = [ports.rtmpPort, ports.httpPort].filter((port) => port > 0)
    await until(
      async () => gone || (await Promise.all(all.map(answers))).every(Boolean),
      LONGEST_MS,
      'it does not listen',
    )
    if (gone) throw new Error('it ended at once')
  } catch (error) {
    await stop()
    throw new Error(`${program}: ${error instanceof Error ? error.message : error}\n${output}`)
  }
  return { pid: child.pid ?? 0, [Symbol.asyncDispose]: stop }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    const say = (yes: boolean) => {
      socket.destroy()
      resolve(yes)
    }
    socket.once('connect', () => say(true))
    socket.once('error', () => say(false))
  })
}
