import { readFile } from 'node:fs/promises'
import { freemem, totalmem } from 'node:os'
import type { Config } from '../../../config/schema.ts'
import { budgetOf, fitting } from '../../../transcode/box/budget.ts'
import { costOf } from '../../../transcode/box/cost.ts'
import { processors } from '../../../transcode/box/processors.ts'
import { wantsOpus } from '../../config-slices.ts'
import type { Finding } from './finding.ts'
import type { Makes } from './look-at-ffmpeg.ts'

/** The server itself needs a fifth of this; each broadcast's window comes on top. */
const SCARCE_BYTES = 512 * 2 ** 20
/** Files of the database and the segments, pipes, listeners. */
const OWN_DESCRIPTORS = 512

const picture = (width: number, height: number) => ({ width, height, framesPerSecond: 30 })
const USUAL = {
  source: picture(1280, 720),
  pictures: [picture(854, 480), picture(640, 360)],
  by: 'superfast',
} as const

/**
 * Processors, and how many broadcasts with further qualities they carry by the model; memory; open files.
 * @param makes what there is an FFmpeg for
 */
export async function lookAtBox(config: Config, makes: Makes): Promise<Finding[]> {
  const [cores, memory, files] = await Promise.all([
    lookAtProcessors(config, makes),
    lookAtMemory(),
    lookAtFiles(config),
  ])
  return [cores, memory, ...(files === undefined ? [] : [files])]
}

async function lookAtProcessors(config: Config, makes: Makes): Promise<Finding> {
  const about = 'processors'
  const count = await processors()
  if (!makes.pictures) return { about, state: 'good', found: round(count) }
  const sounds = wantsOpus(config) && makes.opus ? (['opus'] as const) : []
  const carried = fitting(budgetOf(count), costOf({ ...USUAL, sounds }))
  const made = sounds.length > 0 ? '480p and 360p made by x264, and sound in Opus' : '480p and 360p made by x264'
  const words = `${round(count)}, about ${carried === 1 ? 'one broadcast' : `${carried} broadcasts`} of 720p with ${made}`
  return { about, state: 'good', found: words }
}

async function lookAtMemory(): Promise<Finding> {
  const about = 'memory'
  const total = Math.min(process.constrainedMemory() || totalmem(), totalmem())
  const free = Math.min(process.availableMemory() || freemem(), total)
  const found = `${megabytes(free)} of ${megabytes(total)} free`
  if (free >= SCARCE_BYTES) return { about, state: 'good', found }
  return { about, state: 'note', found, todo: 'A few broadcasts may need more: stop what else runs here, or add some.' }
}

/** Of this process; a service may have others (systemd: `LimitNOFILE`). */
async function lookAtFiles({ limits }: Config): Promise<Finding | undefined> {
  const text = await readFile('/proc/self/limits', 'utf8').catch(() => undefined)
  const [, , hard] = /^Max open files\s+(\S+)\s+(\S+)/m.exec(text ?? '') ?? []
  if (hard === undefined) return undefined
  const about = 'open files'
  const most = hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard)
  const needed = limits.http.connections + limits.rtmp.connections + OWN_DESCRIPTORS
  const found = `at most ${hard}`
  if (most >= needed) return { about, state: 'good', found }
  const todo = `limits.http.connections and limits.rtmp.connections want ${needed}: raise it (ulimit -Hn, systemd: LimitNOFILE), or lower them.`
  return { about, state: 'note', found, todo }
}

const round = (value: number): string => String(Math.round(value * 100) / 100)
const megabytes = (bytes: number): string =>
  bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
