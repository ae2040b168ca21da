import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

const ROOT = join(import.meta.dirname, '../..')
const run = promisify(execFile)

test('systemd takes the unit without complaint, and finds little exposed', async () => {
  const unit = await readFile(join(ROOT, 'deploy/streamhost.service'), 'utf8')
  const folder = await mkdtemp(join(tmpdir(), 'streamhost-unit-'))
  try {
    const file = join(folder, 'streamhost.service')
    // The file need not be installed here.
    await writeFile(file, unit.replaceAll('/usr/local/bin/streamhost', process.execPath))
    const { stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', file])
    assert.equal(stdout + stderr, '')
    const looked = await run('systemd-analyze', ['security', '--offline=true', '--threshold=25', file])
    assert.match(looked.stdout, /Overall exposure level for streamhost\.service: [12]\.\d/)
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('the unit is started when the server is ready, stopped by the server itself, and tried again unless that is in vain', async () => {
  const unit = (await readFile(join(ROOT, 'deploy/streamhost.service'), 'utf8')).split('\n')
  const page = await readFile(join(ROOT, 'docs/operating.md'), 'utf8')
  for (const line of [
    'Type=notify',
    // systemd-notify is a child of the server.
    'NotifyAccess=all',
    // FFmpeg is ended by the server, which else takes it for one that failed.
    'KillMode=mixed',
    'Restart=on-failure',
    // Before OBS tries again, which is after 2 s.
    'RestartSec=1',
    'StartLimitIntervalSec=0',
    // A wrong configuration; a library that the loader doesn't find.
    'RestartPreventExitStatus=2 127',
    // Where everybody may write, beside what is private already.
    'ReadOnlyPaths=-/dev/shm -/dev/mqueue -/run/lock',
  ])
    assert.ok(unit.includes(line), line)
  const service = page.slice(page.indexOf('## As a service'), page.indexOf('## In a container'))
  for (const words of ['libatomic1', '/usr/local/bin/', '/etc/streamhost', 'dataDir: /var/lib/streamhost'])
    assert.ok(service.includes(words), words)
})

test('the container has what the documents say the loader needs', async () => {
  const file = await readFile(join(ROOT, 'deploy/Containerfile'), 'utf8')
  const page = await readFile(join(ROOT, 'docs/operating.md'), 'utf8')
  for (const name of ['libatomic1', 'libstdc++6']) assert.ok(file.includes(name) && page.includes(name), name)
  assert.match(file, /^USER streamhost$/m)
})
