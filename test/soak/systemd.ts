import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { messageOf } from '../../src/base/errors.ts'
import { conditions } from '../light/conditions.ts'
import { ROOT } from '../light/server-process.ts'
import { Machine } from './systemd/machine.ts'
import { stepsOf } from './systemd/steps.ts'
import { Unit } from './systemd/unit.ts'

const USAGE = `npm run soak -- systemd [options]: the unit under systemd itself, with the single file

  --root FOLDER  another system than this one: its root directory, with systemd and what docs/operating.md installs
  --out FILE     a line of JSON

Boots the systemd of this machine in namespaces: its files, a network of its own, changes in memory alone. Linux, as root.
Exit status 1 when something is not as docs/operating.md says.
`

const { values } = parseArgs({
  options: {
    root: { type: 'string', default: '/' },
    out: { type: 'string' },
    // It was started again by itself, in a network of its own.
    apart: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) process.stdout.write(USAGE)
else process.exitCode = values.apart ? await soak(resolve(values.root), values.out) : await startApart()

async function startApart(): Promise<number> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    process.stderr.write('This boots a systemd: it needs Linux, and root.\n')
    return 1
  }
  const built = await statusOf(process.execPath, [join(ROOT, 'bin/run.mjs'), 'binary'])
  if (built !== 0) return built
  const again = [process.execPath, ...process.execArgv, import.meta.filename, '--apart', ...process.argv.slice(2)]
  return statusOf('unshare', ['--net', '--mount', '--propagation', 'private', ...again])
}

async function statusOf(file: string, args: readonly string[]): Promise<number> {
  const [status] = await once(spawn(file, args, { stdio: 'inherit' }), 'exit')
  return status ?? 1
}

async function soak(root: string, out: string | undefined): Promise<number> {
  await using parts = new AsyncDisposableStack()
  const startedAt = performance.now()
  const machine = parts.use(await Machine.boot(root))
  const version = /^systemd \d+/.exec(await machine.must('systemctl', '--version'))?.[0]
  process.stdout.write(`${version}, booted after ${Math.round(performance.now() - startedAt)} ms\n`)
  const unit = new Unit(machine)
  let failed: string | undefined
  for (const { name, run } of stepsOf(machine, unit, parts)) {
    try {
      const figures = await run()
      process.stdout.write(`✔ ${name}${figures === undefined ? '' : `: ${figures}`}\n`)
    } catch (error) {
      failed = name
      const { stdout } = await unit.control('status', '--no-pager', '--full')
      process.stdout.write(`✖ ${name}\n${messageOf(error)}\n${stdout}\n`)
      break
    }
  }
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  const line = JSON.stringify({ soak: 'systemd', version, failed, seconds, ...conditions() })
  process.stdout.write(`${line}\n`)
  if (out !== undefined) appendFileSync(out, `${line}\n`)
  return failed === undefined ? 0 : 1
}
