import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { ReloadableServer } from '../light/reloadable-server.ts'
import { PROGRAM, until } from '../light/server-process.ts'

const LONG_MS = 60_000

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('on a terminal SIGHUP reads the configuration again, and stops the server when the terminal is gone', async () => {
  // For its folder, file and free ports.
  await using made = await ReloadableServer.start({ server: { name: 'One' } })
  await made.program.stop()
  const command = `exec ${process.execPath} --disable-warning=ExperimentalWarning ${PROGRAM} serve --config ${made.file}`
  // script(1) gives it a terminal of its own, which goes when script does.
  const terminal = spawn('script', ['-qec', command, join(made.folder, 'typescript')], { stdio: 'ignore' })
  try {
    const ready = async () => (await fetch(`${made.url}/readyz`)).ok
    await until(ready, LONG_MS, 'the server is not ready')
    const children = await readFile(`/proc/${terminal.pid}/task/${terminal.pid}/children`, 'utf8')
    const pid = Number(children.trim())
    assert.ok(pid > 0, children)

    await writeFile(made.file, (await readFile(made.file, 'utf8')).replace('"One"', '"Two"'))
    process.kill(pid, 'SIGHUP')
    const name = async () => ((await (await fetch(`${made.url}/api/v1/site`)).json()) as { name: string }).name
    await until(async () => (await name()) === 'Two', LONG_MS, 'the configuration was not read')

    terminal.kill('SIGKILL')
    await until(() => !isRunning(pid), LONG_MS, 'the server goes on without its terminal')
  } finally {
    terminal.kill('SIGKILL')
  }
})
