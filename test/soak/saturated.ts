import { appendFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { conditions } from '../light/conditions.ts'
import { type SaturatedSecond, saturate } from './saturated/run.ts'

const USAGE = `npm run soak -- saturated [options]: more broadcasts with a ladder than the box carries, and other work besides in the second third of the time

  --minutes N     how long (6)
  --broadcasts N  of 720p30 (4)
  --ladder NAME   of config/ladders (720p)
  --burners N     other processes that want a processor each (2)
  --out FILE      a line of JSON
`
/** Of the profile that the server has by default: no part may be later. */
const SEGMENT_MS = 2000
/** What lies unread for so long is an upload that is slowed. */
const UPLOAD_MS = 500

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '6' },
    broadcasts: { type: 'string', default: '4' },
    ladder: { type: 'string', default: '720p' },
    burners: { type: 'string', default: '2' },
    out: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  process.stdout.write(USAGE)
  process.exit()
}

const words = ({ second, sourceMs, rungsMs, unreadMs, running, steps }: SaturatedSecond) =>
  `${second} s: source ${sourceMs} ms, rungs ${rungsMs} ms, unread ${unreadMs} ms, ${running} rungs run, ${steps} steps\n`
const [broadcasts, burners] = [Number(values.broadcasts), Number(values.burners)]
const result = await saturate({
  ...{ broadcasts, burners, ladder: values.ladder, seconds: Number(values.minutes) * 60 },
  told: (second) => second.second % 5 === 0 && process.stdout.write(words(second)),
})
const worst = (pick: (second: SaturatedSecond) => number) => Math.max(...result.seconds.map(pick))
const figures = {
  ...{ sourceMs: worst(({ sourceMs }) => sourceMs), rungsMs: worst(({ rungsMs }) => rungsMs) },
  ...{ unreadMs: worst(({ unreadMs }) => unreadMs), steps: worst(({ steps }) => steps) },
  ...{ leastRunning: -worst(({ running }) => -running), mostRunning: worst(({ running }) => running) },
  ...{ lostEncoders: result.lostEncoders, serverCpu: Math.round(result.serverCpu * 100) / 100 },
}
const line = JSON.stringify({
  soak: 'saturated',
  broadcasts,
  burners,
  ladder: values.ladder,
  ...figures,
  ...conditions(),
})
if (values.out !== undefined) appendFileSync(values.out, `${line}\n`)
process.stdout.write(`${line}\n`)
const failed = [
  ...(figures.rungsMs > SEGMENT_MS ? [`a part of a rung was ${figures.rungsMs} ms late`] : []),
  ...(figures.sourceMs > SEGMENT_MS ? [`a part of the source was ${figures.sourceMs} ms late`] : []),
  ...(figures.unreadMs > UPLOAD_MS ? [`an upload lay unread for ${figures.unreadMs} ms`] : []),
  ...(figures.lostEncoders > 0 ? [`${figures.lostEncoders} encoders lost their connection`] : []),
  ...(figures.steps === 0 ? ['the box carried it all: nothing was shown'] : []),
]
for (const words of failed) process.stdout.write(`FAILED: ${words}\n`)
process.exitCode = failed.length > 0 ? 1 : 0
