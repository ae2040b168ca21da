import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { Encoder } from '../../light/encoder.ts'
import { LightHlsClient } from '../../light/hls-client.ts'
import { until } from '../../light/server-process.ts'
import { getTls } from '../../light/tls-client.ts'
import { parseMediaPlaylist } from '../../oracles/strict-playlist.ts'
import type { Machine } from './machine.ts'
import type { Unit } from './unit.ts'

const WEB = 'http://127.0.0.1:8080'
const LIVE = `${WEB}/live/main/`
const WITHIN_MS = 60_000
/** capabilities(7) */
const CAP_NET_BIND_SERVICE = 1n << 10n
/** As often as systemd by itself starts a unit within ten seconds, and once more. */
const MORE_RESTARTS = 6

export type Step = { readonly name: string; run(): Promise<string | undefined> }

/** What is seen of the unit from its installation on, in this order. */
export function stepsOf(machine: Machine, unit: Unit, parts: AsyncDisposableStack): readonly Step[] {
  let key = ''
  let encoder: Encoder | undefined
  parts.defer(async () => encoder?.stop())
  const publish = async () => {
    await encoder?.stop()
    encoder = await Encoder.replay('gop2', `rtmp://127.0.0.1:1935/live/${key}`)
  }
  const playlist = async () => parseMediaPlaylist(await (await fetch(`${LIVE}source.m3u8`)).text())
  const ffmpegs = async () => (await unit.processes()).filter(({ command }) => command.startsWith('ffmpeg '))
  // Between two segments there may be no part.
  const isLive = async () => (await playlist()).open.parts.length > 0

  return [
    {
      name: 'the lines of docs/operating.md install it, and it is ready when they have run',
      run: async () => {
        const said = await unit.install()
        assert.equal((await fetch(`${WEB}/readyz`)).status, 200)
        key = /Stream key +(sk_\S+)/.exec(said)?.[1] ?? assert.fail(said)
        assert.equal(await unit.show('ActiveState'), 'active')
        assert.equal(await unit.show('UnitFileState'), 'enabled')
      },
    },
    {
      name: 'it runs as its own user, who may open low ports and nothing else',
      run: async () => {
        const status = await machine.must('cat', `/proc/${await unit.show('MainPID')}/status`)
        const field = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)?.[1]
        assert.equal(field('Uid'), (await machine.must('id', '-u', 'streamhost')).trim())
        for (const name of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
          assert.equal(BigInt(`0x${field(name)}`), CAP_NET_BIND_SERVICE, name)
        assert.equal(field('NoNewPrivs'), '1')
        // SECCOMP_MODE_FILTER
        assert.equal(field('Seccomp'), '2')
      },
    },
    {
      name: 'nothing is writable but its data and a /tmp of its own',
      run: async () => {
        const user = ['setpriv', '--reuid=streamhost', '--regid=streamhost', '--clear-groups']
        const find = 'find / -maxdepth 3 -path /proc -prune -o -type d -writable -print'.split(' ')
        const inside = ['nsenter', '--target', await unit.show('MainPID'), '--mount', ...user, ...find]
        const { stdout } = await machine.run(...inside)
        const found = stdout.trim().split('\n').sort()
        assert.deepEqual(found, ['/tmp', '/var/lib/streamhost', '/var/tmp'])
      },
    },
    {
      name: 'a broadcast is published, played without a fault, and has further qualities and pictures by FFmpeg',
      run: async () => {
        await publish()
        await until(isLive, WITHIN_MS, 'it is not live')
        const reader = new LightHlsClient(`${LIVE}index.m3u8`, { compareEvery: 1 })
        await reader.start()
        await until(() => reader.reports.every(({ segments }) => segments >= 3), WITHIN_MS, 'too few segments came')
        await reader.stop()
        assert.deepEqual(reader.faults, [])
        const made = async () =>
          /frames_out_total\{channel="main"\} [1-9]/.test(await (await fetch(`${WEB}/metrics`)).text())
        await until(made, WITHIN_MS, 'no frame of another quality was made')
        const poster = await fetch(`${LIVE}poster.jpg`)
        assert.equal(poster.headers.get('content-type'), 'image/jpeg')
        const server = await unit.show('MainPID')
        const all = await unit.processes()
        const own = all.find(({ pid }) => pid === server) ?? assert.fail('the server is in no group of the unit')
        const children = await ffmpegs()
        assert.ok(children.length > 0)
        for (const { niceness, oomScoreAdj } of children) {
          assert.equal(niceness, Math.min(own.niceness + 10, 19))
          // Where memory runs out they go, and the server goes on.
          assert.equal(oomScoreAdj, 1000)
        }
        return `${children.length} FFmpeg at ${children[0]?.niceness}, the server at ${own.niceness}`
      },
    },
    {
      name: 'a reload applies what changed; one with a mistake fails, and the server goes on as it was',
      run: async () => {
        const seen = await unit.journal()
        await unit.configure('server: { name: Choir }\n')
        await unit.mustControl('reload')
        await unit.said(/server\.name: StreamHost → Choir/, seen)
        await unit.configure('server: { nome: Choir }\n')
        assert.notEqual((await unit.control('reload')).status, 0)
        await unit.said(/server\.nome is no setting of this server/, seen)
        await unit.configure('server: { name: Band }\n')
        await unit.mustControl('kill', '--signal=HUP', '--kill-who=main')
        await unit.said(/"from":"Choir","to":"Band"/, seen)
        assert.equal(await unit.show('ActiveState'), 'active')
        await until(isLive, WITHIN_MS, 'it is not live any more')
      },
    },
    {
      name: 'after kill -9 it is started again, and serves the window of the broadcast that was on air',
      run: async () => {
        const before = await playlist()
        const server = await unit.show('MainPID')
        const at = performance.now()
        await unit.mustControl('kill', '--signal=KILL', '--kill-who=main')
        await unit.showsWithin('NRestarts', /^1$/)
        await unit.showsWithin('ActiveState', /^active$/)
        const awayMs = performance.now() - at
        assert.notEqual(await unit.show('MainPID'), server)
        const { segments } = await playlist()
        const listed = new Set(segments.map(({ uri }) => uri))
        // The newest may have been only in memory.
        const kept = before.segments.filter(({ msn, gap }) => !gap && msn >= (segments[0]?.msn ?? 0)).slice(0, -1)
        assert.ok(kept.length > 0)
        for (const { uri } of kept) {
          assert.ok(listed.has(uri), uri)
          assert.equal((await fetch(LIVE + uri)).status, 200)
        }
        await publish()
        const goesOn = async () => (await playlist()).segments.some((each) => each.discontinuity)
        await until(goesOn, WITHIN_MS, 'it does not go on')
        return `away for ${Math.round(awayMs)} ms`
      },
    },
    {
      name: 'it is stopped in order, with a broadcast on air, and its children are not taken for failed ones',
      run: async () => {
        await until(async () => (await ffmpegs()).length > 0, WITHIN_MS, 'there is no FFmpeg')
        const seen = await unit.journal()
        const at = performance.now()
        await unit.mustControl('stop')
        const stoppedMs = performance.now() - at
        assert.equal(await unit.show('Result'), 'success')
        assert.equal(await unit.show('ExecMainStatus'), '0')
        assert.doesNotMatch(await unit.said(/the server stops/, seen), /"level":(?!30)/)
        return `within ${Math.round(stoppedMs)} ms`
      },
    },
    {
      name: 'a wrong configuration fails the start, with its sentence in the journal, and is not tried again',
      run: async () => {
        const seen = await unit.journal()
        await unit.configure('server: { nome: Choir }\n')
        assert.notEqual((await unit.control('start')).status, 0)
        await unit.said(/streamhost\.config\.yaml:2: server\.nome is no setting of this server/, seen)
        await unit.showsWithin('SubState', /^failed$/)
        assert.equal(await unit.show('NRestarts'), '0')
      },
    },
    {
      name: 'a port that another program uses fails the start, and is tried again until it is free',
      run: async () => {
        await unit.configure('')
        const other = createServer().listen(1935)
        await once(other, 'listening')
        assert.notEqual((await unit.control('start')).status, 0)
        await until(
          async () => Number(await unit.show('NRestarts')) >= MORE_RESTARTS,
          WITHIN_MS,
          'it is not tried again',
        )
        other.close()
        await unit.showsWithin('ActiveState', /^active$/)
      },
    },
    {
      name: 'it listens on ports 80 and 443, and commands reach it as its user',
      run: async () => {
        await unit.configure('server: { http: { port: 80 }, https: { mode: self-signed, port: 443 } }\n')
        await unit.mustControl('restart')
        assert.equal((await fetch('http://127.0.0.1/readyz')).status, 200)
        assert.equal((await getTls('https://127.0.0.1/readyz')).status, 200)
        const list = 'streamhost channel list --config /etc/streamhost/streamhost.config.yaml'
        assert.match(await unit.shell(`sudo -u streamhost ${list}`), /^main +/m)
      },
    },
  ]
}
