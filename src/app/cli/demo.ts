import { networkInterfaces } from 'node:os'
import type { Command } from 'commander'
import { silentLog } from '../../base/log.ts'
import { ChannelWithKey } from '../../contract/channel.ts'
import { ffmpegOf } from '../config-slices.ts'
import { expectOk, withServer } from './api-client.ts'
import { loadFor, withConfig } from './command.ts'
import type { ApiRequest, World } from './ports.ts'
import { runServer } from './serve.ts'
import { addressesOf } from './welcome.ts'

const SLUG = 'demo'

export function demoCommand(program: Command, world: World): void {
  withConfig(program.command('demo'))
    .description('run the server with a test picture on air, to look at without an encoder')
    .option('--built-in', 'the small built-in picture, even where there is FFmpeg')
    .action(async (options: { readonly config?: string; readonly builtIn?: boolean }) => {
      const loaded = await loadFor(world, options)
      const { config } = loaded
      const stop = new AbortController()
      let pattern: Promise<void> | undefined
      await runServer(world, options, loaded, async (info, signal) => {
        const { publishTestPattern } = await import('../demo/test-pattern.ts')
        const { findFfmpeg } = await import('../ffmpeg.ts')
        const key = await withServer(config, keyOfDemo)
        const { host } = info.rtmp
        pattern = publishTestPattern({
          host: host === '::' || host === '0.0.0.0' ? '127.0.0.1' : host,
          port: info.rtmp.port,
          key,
          ffmpeg: options.builtIn
            ? undefined
            : (ffmpegOf(config) ?? (await findFfmpeg(config.storage.dataDir, silentLog))),
          signal: AbortSignal.any([signal, stop.signal]),
          say: (sentence) => void world.stdout.write(`${sentence}\n`),
        })
        const { web } = addressesOf(info, config.server.publicUrl, networkInterfaces())
        world.stdout.write(`A test picture is on air. Open ${web}/c/${SLUG}\n`)
      })
      stop.abort()
      await pattern
    })
}

/** The channel of the demonstration, made or given a new key. */
async function keyOfDemo(request: ApiRequest): Promise<string> {
  const path = `/api/v1/channels/${SLUG}`
  const there = (await request('GET', path)).status === 200
  const answer = there
    ? request('POST', `${path}/key`, {})
    : request('POST', '/api/v1/channels', { slug: SLUG, title: 'Test picture' })
  return ChannelWithKey.parse(await expectOk(answer)).key
}
