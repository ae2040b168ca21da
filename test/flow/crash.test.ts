import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { RtmpPublisher } from '../light/rtmp-publisher.ts'
import { PROGRAM, ServerProcess } from '../light/server-process.ts'
import { videoConfig, videoFrame } from '../light/synthetic-media.ts'

/** A mistake of ours, at a moment of the test's choice. */
const MISTAKES = `
process.on('SIGUSR2', () => setImmediate(() => { throw new Error('boom ?key=sk_0123456789abcdefghij', { cause: 'the cause' }) }))
process.on('SIGWINCH', () => void Promise.reject(new TypeError('nobody waited')))
`

const SECRET = 'sk_0123456789abcdefghij'

async function crashed(signal: NodeJS.Signals, prepare: (dataDir: string) => Promise<void> = async () => {}) {
  const folder = await mkdtemp(join(tmpdir(), 'streamhost-crash-'))
  const mistakes = join(folder, 'mistakes.mjs')
  await writeFile(mistakes, MISTAKES)
  const dataDir = join(folder, 'data')
  const flags = ['--disable-warning=ExperimentalWarning', '--import', mistakes]
  const server = await ServerProcess.start({ dataDir, command: [process.execPath, ...flags, PROGRAM, 'serve'] })
  try {
    await prepare(dataDir)
    const publisher = await RtmpPublisher.open({ port: server.rtmpPort, name: 'choir' })
    publisher.send(videoConfig(0))
    for (let n = 0; n < 90; n++) publisher.send(videoFrame(n * 33, n % 30 === 0))
    await server.live('choir')
    server.child.kill(signal)
    await server.exited
    publisher.client.destroy()
    const names = (await readdir(dataDir)).filter((name) => name.startsWith('crash-')).toSorted()
    const newest = join(dataDir, names.filter((name) => name.endsWith('.json')).at(-1) ?? '')
    const text = await readFile(newest, 'utf8')
    const { mode } = await stat(newest)
    return { server, names, newest, text, report: JSON.parse(text), mode: mode & 0o777 }
  } finally {
    await server.kill()
    await rm(folder, { recursive: true, force: true })
  }
}

test('an uncaught error ends the process with a report and a sentence that says where it is', async () => {
  const { server, newest, text, report, mode } = await crashed('SIGUSR2')
  assert.equal(server.child.exitCode, 1)
  assert.ok(server.output.includes(`StreamHost ends because of an uncaught error: boom`), server.output)
  assert.ok(server.output.includes(newest))
  assert.equal(mode, 0o600)
  assert.equal(report.what, 'an uncaught error')
  assert.match(report.error.stack[0], /^Error: boom/)
  assert.equal(report.error.cause.value, 'the cause')
  assert.equal(report.versions.node, process.versions.node)
  assert.equal(report.broadcasts[0].slug, 'choir')
  assert.ok(report.lastLines.some((line: string) => line.includes('broadcast begins')))
  for (const said of [text, server.output]) assert.ok(!said.includes(SECRET))
})

test('so does a rejection that nobody handled, and old reports go', async () => {
  const { server, names, report } = await crashed('SIGWINCH', async (dataDir) => {
    for (let n = 10; n < 25; n++) await writeFile(join(dataDir, `crash-2020-01-01T00-00-${n}-000Z.json`), '{}')
    await writeFile(join(dataDir, 'crash-notes.txt'), 'mine')
  })
  assert.equal(server.child.exitCode, 1)
  assert.equal(report.what, 'an unhandled rejection')
  assert.equal(report.error.name, 'TypeError')
  const reports = names.filter((name) => name.endsWith('.json'))
  assert.deepEqual([reports.length, reports[0]], [10, 'crash-2020-01-01T00-00-16-000Z.json'])
  assert.ok(names.includes('crash-notes.txt'), 'other files are left alone')
})
