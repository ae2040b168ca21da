import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { type LadderReport, Status } from '../../contract/insight.ts'
import { expectOk, withServer } from './api-client.ts'
import { loadFor, printJson, tableLines, withConfig, withJson } from './command.ts'
import type { World } from './ports.ts'

type Options = { readonly config?: string; readonly json?: boolean; readonly once?: boolean }

const REFRESH_MS = 1000
/** ECMA-48: cursor so many lines up; erase from there to the end. */
const upAndErase = (lines: number): string => `\u001b[${lines}A\u001b[0J`

export function statusCommand(program: Command, world: World): void {
  withJson(withConfig(program.command('status')))
    .description('how the running server does: on a terminal anew each second, until Ctrl+C')
    .option('--once', 'print it once')
    .action(async (options: Options) => {
      const { config } = await loadFor(world, options)
      await withServer(config, async (request) => {
        const ask = async (): Promise<Status> => Status.parse(await expectOk(request('GET', '/api/v1/status')))
        if (options.json) return printJson(world, await ask())
        let shown = 0
        do {
          const lines = statusLines(await ask())
          world.stdout.write(
            `${shown > 0 ? upAndErase(shown) : ''}${lines.map((line) => cut(line, world)).join('\n')}\n`,
          )
          shown = lines.length
          if (!options.once && world.stdout.isTTY) await sleep(REFRESH_MS)
        } while (!options.once && world.stdout.isTTY)
      })
    })
}

/** A status for people. */
export function statusLines(status: Status): string[] {
  const { disk, ports } = status
  const space = disk === null ? 'not known' : `${bytes(disk.freeBytes)} of ${bytes(disk.totalBytes)} free`
  const head = [
    `StreamHost ${status.version}, up ${duration(Date.parse(status.now) - Date.parse(status.startedAt))}, ${portWords(ports)}`,
    `Processor ${Math.round(status.cpu * 100)} % of a core   Memory ${bytes(status.memoryBytes)}   Event loop late by ${status.eventLoopDelayMs} ms   Disk ${space}`,
    `Viewers ${status.viewers}   Pages ${status.sockets}   Requests that wait ${status.waitingRequests}   Sending ${bits(status.outgoingBitrate)}`,
    '',
  ]
  if (status.channels.length === 0) return [...head, 'Nothing is on air.']
  const rows = status.channels.map((channel) => {
    const { video, audio, startedAt, ladder, advice } = channel
    return [
      channel.slug,
      channel.state,
      startedAt === null ? '' : duration(Date.parse(status.now) - Date.parse(startedAt)),
      String(channel.viewers),
      video === null ? 'none' : `${video.width}x${video.height}`,
      video === null ? '' : `${Math.round(video.framesPerSecond * 10) / 10}/s`,
      video?.keyFrameSeconds == null ? '' : `${Math.round(video.keyFrameSeconds * 10) / 10} s`,
      video === null ? '' : bits(video.bitrate),
      audio === null ? 'none' : bits(audio.bitrate),
      String(channel.droppedFrames),
      String(channel.reconnects),
      ladderWords(ladder),
      advice.map(({ kind, found, wanted }) => `${kind} ${found} → ${wanted}`).join(', ') || 'healthy',
    ]
  })
  const titles = ['CHANNEL', 'STATE', 'FOR', 'VIEWERS', 'PICTURE', 'FRAMES', 'KEY FRAMES', 'VIDEO', 'AUDIO']
  return [...head, ...tableLines([[...titles, 'DROPPED', 'RECONNECTS', 'LADDER', 'COACH'], ...rows])]
}

/** How much of it is made, its place in the line, how often more or less of it was made. */
function ladderWords({ state, missing, rungs, position, steps }: LadderReport): string {
  if (missing !== null) return `${state}, no ${missing.what}`
  if (state === 'off') return state
  if (position !== null) return `${state}, number ${position}`
  const made = rungs.filter(({ running }) => running).length
  const changes = steps === 0 ? '' : `, ${steps} ${steps === 1 ? 'step' : 'steps'}`
  return `${state} ${made} of ${rungs.length}${changes}`
}

/** Services that are off by choice are not told. */
function portWords({ http, https, rtmp, rtmps }: Status['ports']): string {
  const more = [`HTTPS port ${https}`, `RTMPS port ${rtmps}`]
  return [`HTTP port ${http ?? '–'}`, `RTMP port ${rtmp ?? '–'}`, ...(https === null ? [] : more)].join(', ')
}

/** A longer line would take two rows, and the next refresh leave one of them. */
function cut(line: string, { stdout }: World): string {
  return stdout.isTTY && stdout.columns ? line.slice(0, stdout.columns - 1) : line
}

function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const two = (value: number): string => String(value).padStart(2, '0')
  const clock = `${Math.floor(seconds / 3600) % 24}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  return seconds < 86_400 ? clock : `${Math.floor(seconds / 86_400)} d ${clock}`
}

function bits(perSecond: number): string {
  return perSecond < 1_000_000 ? `${Math.round(perSecond / 1000)} kbit/s` : `${(perSecond / 1e6).toFixed(1)} Mbit/s`
}

function bytes(count: number): string {
  return count < 1e9 ? `${Math.round(count / 1e6)} MB` : `${(count / 1e9).toFixed(1)} GB`
}
