import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { conditions } from '../light/conditions.ts'
import { ServerProcess } from '../light/server-process.ts'
import { gstPublisher } from '../oracles/gstreamer.ts'
import { whenThere } from '../oracles/ll-follower.ts'
import { isInstalled, Program } from '../oracles/program.ts'
import { parseMediaPlaylist } from '../oracles/strict-playlist.ts'
import { OBS_PACKAGES, OBS_PROGRAMS, obsHome, startObs, virtualScreen } from './encoders/obs.ts'
import { type Watched, watch } from './encoders/watch.ts'

const USAGE = `npm run soak -- encoders [NAME…]: real encoders publish to the server, real readers read

  NAME   ffmpeg, gstreamer, librtmp, obs, obs-reconnect, obs-restart; all of them without one
`
const KEY = 'sk_an-encoder-publishes-here-0123456789'
const SLUG = 'tried'
const TRIAL_MS = 180_000

type Trial = {
  readonly name: string
  /** Programs it needs, and the Debian packages that bring them. */
  readonly programs: readonly string[]
  readonly packages: readonly string[]
  readonly run: (server: ServerProcess, signal: AbortSignal) => Promise<Watched>
}

const GSTREAMER = ['tools', 'plugins-base', 'plugins-good', 'plugins-bad', 'plugins-ugly'].map(
  (name) => `gstreamer1.0-${name}`,
)

const TRIALS: readonly Trial[] = [
  {
    name: 'ffmpeg',
    programs: ['ffmpeg'],
    packages: ['ffmpeg'],
    run: (server, signal) => once(server, signal, ffmpegPublisher(server.publishUrl(KEY), 20)),
  },
  {
    name: 'gstreamer',
    programs: ['gst-launch-1.0'],
    packages: GSTREAMER,
    run: (server, signal) =>
      once(
        server,
        signal,
        gstPublisher({ url: server.publishUrl(KEY), fps: 30, seconds: 20, gop: 60, live: true }),
        true,
      ),
  },
  {
    name: 'librtmp',
    programs: ['gst-launch-1.0'],
    packages: GSTREAMER,
    run: (server, signal) =>
      once(
        server,
        signal,
        gstPublisher({ url: server.publishUrl(KEY), fps: 30, seconds: 20, gop: 60, live: true, sink: 'rtmpsink' }),
        true,
      ),
  },
  { name: 'obs', programs: OBS_PROGRAMS, packages: OBS_PACKAGES, run: obsAsItComes },
  { name: 'obs-reconnect', programs: OBS_PROGRAMS, packages: OBS_PACKAGES, run: obsThatDies },
  { name: 'obs-restart', programs: OBS_PROGRAMS, packages: OBS_PACKAGES, run: serverThatRestarts },
]

async function main(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !TRIALS.some((trial) => trial.name === name))
  if (unknown.length > 0 || names.includes('--help')) {
    process.stdout.write(USAGE)
    return names.includes('--help') ? 0 : 2
  }
  const wanted = TRIALS.filter(({ name }) => names.length === 0 || names.includes(name))
  const missing = wanted.filter(({ programs }) => !programs.every(isInstalled)).flatMap(({ packages }) => packages)
  if (!isInstalled('mpv')) missing.push('mpv')
  if (missing.length > 0) {
    const packages = [...new Set(missing)].join(' ')
    process.stderr.write(`Not all is installed. On Debian: apt-get install -y --no-install-recommends ${packages}\n`)
    return 1
  }
  process.stdout.write(`${JSON.stringify(conditions())}\n`)
  let failed = 0
  for (const trial of wanted) {
    const faults = await tryOut(trial)
    if (faults.length > 0) failed++
    for (const fault of faults) process.stdout.write(`  ✖ ${fault}\n`)
  }
  return failed === 0 ? 0 : 1
}

/** @returns what was wrong */
async function tryOut({ name, run }: Trial): Promise<readonly string[]> {
  const yaml = `channels: [{ slug: ${SLUG}, title: Tried, key: ${KEY} }]\n`
  const dataDir = await mkdtemp(join(tmpdir(), 'streamhost-encoders-'))
  try {
    await using server = await ServerProcess.start({ yaml, dataDir })
    const watched = await run(server, AbortSignal.timeout(TRIAL_MS))
    const { faults, ...facts } = watched
    process.stdout.write(`${name}: ${JSON.stringify(facts)}\n`)
    return faults
  } catch (error) {
    return [`${name}: ${error instanceof Error ? error.message : String(error)}`]
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function once(server: ServerProcess, signal: AbortSignal, encoder: Program, irregular = false): Promise<Watched> {
  await using publisher = encoder
  const watched = await watch(server, SLUG, async () => {}, signal, irregular)
  const status = await publisher.exited
  return status === 0 ? watched : { ...watched, faults: [...watched.faults, `it ended with ${status}`] }
}

/** FFmpeg as people use it for live: a key frame every two seconds. */
function ffmpegPublisher(url: string, seconds: number): Program {
  const pictures = ['-re', '-f', 'lavfi', '-i', `testsrc2=size=640x360:rate=30:duration=${seconds}`]
  const sound = ['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=48000:duration=${seconds}`]
  const coding = ['-c:v', 'libx264', '-preset', 'veryfast', '-g', '60', '-b:v', '800k', '-c:a', 'aac', '-ac', '2']
  return new Program('ffmpeg', [
    '-v',
    'error',
    ...pictures,
    ...sound,
    ...coding,
    '-pix_fmt',
    'yuv420p',
    '-f',
    'flv',
    url,
  ])
}

/** OBS with nothing set but server and key, for three groups of pictures; then its stop button. */
function obsAsItComes(server: ServerProcess, signal: AbortSignal): Promise<Watched> {
  return withObs(server, (start) => {
    const obs = start()
    return watch(
      server,
      SLUG,
      async (video) => {
        await untilSeconds(video.segments, 26, signal)
        const status = await obs.stop('SIGINT')
        if (status !== 0) throw new Error(`OBS ended with ${status}`)
      },
      signal,
    )
  })
}

/** OBS is killed and started again within the grace time: the same broadcast goes on behind a discontinuity. */
function obsThatDies(server: ServerProcess, signal: AbortSignal): Promise<Watched> {
  return withObs(server, async (start) => {
    const first = start()
    const watched = await watch(
      server,
      SLUG,
      async (video) => {
        await untilSeconds(video.segments, 9, signal)
        await first.stop('SIGKILL')
        const second = start()
        await untilSeconds(video.segments, 20, signal)
        await second.stop('SIGINT')
      },
      signal,
    )
    const { discontinuities } = watched
    const fault = discontinuities === 1 ? [] : [`${discontinuities} discontinuities for one reconnect`]
    return { ...watched, faults: [...watched.faults, ...fault] }
  })
}

/** The server restarts while OBS streams: OBS comes back by itself, and media sequence numbers go on. */
function serverThatRestarts(server: ServerProcess, signal: AbortSignal): Promise<Watched> {
  return withObs(server, async (start) => {
    const obs = start()
    const url = server.playlistUrl(SLUG).replace('index', 'source')
    const before = parseMediaPlaylist(await whenThere(url, signal))
    const { dataDir, httpPort, rtmpPort } = server
    await server.stop()
    const yaml = `channels: [{ slug: ${SLUG}, title: Tried, key: ${KEY} }]\n`
    await using again = await ServerProcess.start({ yaml, dataDir, httpPort, rtmpPort })
    const watched = await watch(
      again,
      SLUG,
      async (video) => {
        await untilSeconds(video.segments, 6, signal)
        await obs.stop('SIGINT')
      },
      signal,
    )
    const after = parseMediaPlaylist(await whenThere(url, signal))
    const faults = [...watched.faults]
    if (after.mediaSequence < before.open.msn) {
      faults.push(`media sequence went back from ${before.open.msn} to ${after.mediaSequence}`)
    }
    if (after.discontinuitySequence <= before.discontinuitySequence) faults.push('no discontinuity for the restart')
    return { ...watched, faults }
  })
}

async function withObs(server: ServerProcess, work: (start: () => Program) => Promise<Watched>): Promise<Watched> {
  const home = await mkdtemp(join(tmpdir(), 'streamhost-obs-'))
  const { display, xvfb } = await virtualScreen()
  const started: Program[] = []
  try {
    await obsHome(home, { server: `rtmp://127.0.0.1:${server.rtmpPort}/live`, key: KEY })
    return await work(() => {
      const obs = startObs(home, display)
      started.push(obs)
      return obs
    })
  } catch (error) {
    const said =
      started
        .at(-1)
        ?.output.split('\n')
        .filter((line) => /error|warning|rtmp|Stream/i.test(line)) ?? []
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${said.slice(-15).join('\n')}`)
  } finally {
    for (const obs of started) await obs.stop()
    await xvfb.stop()
    await rm(home, { recursive: true, force: true })
  }
}

async function untilSeconds(
  segments: ReadonlyMap<number, { readonly duration: number }>,
  seconds: number,
  signal: AbortSignal,
): Promise<void> {
  const shown = (): number => [...segments.values()].reduce((sum, { duration }) => sum + duration, 0)
  while (shown() < seconds) await sleep(100, undefined, { signal })
}

process.exitCode = await main(process.argv.slice(2))
