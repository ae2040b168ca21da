import { z } from 'zod'
import { bytes, choice, count, path, section } from '../kinds.ts'
import { LADDER_NAMES, ladderName } from '../ladder-name.ts'

export const Packaging = section('How broadcasts go out as HLS and DASH.', {
  mode: choice('always', 'onDemand', 'off').default('always').meta({
    description:
      '`off` makes no HLS or DASH at all: browsers have no live picture, and the page says so. `onDemand`, to package while somebody watches or records, acts as `always` for now.',
  }),
  profile: choice('standard', 'low').default('standard').meta({
    description: 'Length of parts: `standard` 333 ms, `low` 250 ms (a little less delay, a third more requests).',
  }),
  segmentSeconds: count(1, 10).default(2).meta({ description: 'Shortest segment; it ends at the next key frame.' }),
  maxSegmentSeconds: count(1, 30)
    .default(6)
    .meta({ description: 'Longest segment; encoders with rarer key frames are cut without one.' }),
  liveSeconds: count(6, 300).default(20).meta({ description: 'How much a live playlist lists.' }),
  dvrSeconds: count(0, 86_400)
    .default(1800)
    .meta({ description: 'How far viewers can rewind during a broadcast; its media lies in the data directory.' }),
  endedSeconds: count(0, 86_400)
    .default(300)
    .meta({ description: 'How long the last seconds of an ended broadcast can still be played.', reload: 'at once' }),
  flvMergeMs: z
    .union([z.literal('auto'), count(0, 500)], { error: '`auto` or a whole number from 0 to 500' })
    .default('auto')
    .meta({
      description:
        'How long frames are gathered, in milliseconds, before they go to players of RTMP and FLV: delay that saves processor time. `auto`: not at all for the first four players of a channel, 20 to 80 for more. 0 also reads encoders without gathering what they send, for the least delay of all.',
      reload: 'next broadcast',
    }),
  maxWindowBytes: bytes({ min: 2 ** 20 })
    .prefault('128 MiB')
    .meta({
      description: 'Memory for the live window of one rendition of one broadcast; above it the oldest segments go.',
    }),
}).meta({ reload: 'next broadcast' })

export const Transcode = section('Further qualities, made by FFmpeg.', {
  ladder: ladderName()
    .default('auto')
    .meta({
      description: `Which qualities are made of a broadcast beside its source: \`auto\` as many as the machine has room for, \`off\` none, or a ladder: ${LADDER_NAMES.join(', ')}, or one of your own by the name of its file in \`config/ladders\`, or in \`ladders\` beside the configuration. Never a larger picture than the source.`,
      reload: 'next broadcast',
    }),
  onDemand: choice('ladder', 'all', 'off').default('ladder').meta({
    description:
      'Which of these qualities are made only while somebody watches them: those marked in their ladder (in those that come with the server, none), `all`, or none (`off`). Players find them all the time, and see the source until they come.',
    reload: 'next broadcast',
  }),
  idleSeconds: count(5, 3600).default(45).meta({
    description: 'So long after the last request for it nobody watches a quality any more, and it is not made.',
    reload: 'at once',
  }),
  opus: z.boolean().default(false).meta({
    description:
      'Offers the sound of broadcasts in Opus too, beside the AAC that their encoder sends: better at the same rate, for players that know it. All others find AAC as ever. Takes a fiftieth of a processor for each broadcast.',
    reload: 'next broadcast',
  }),
  ffmpeg: path().default('auto').meta({ description: '`auto` finds FFmpeg itself; else its path.', reload: 'at once' }),
  maxBroadcasts: z
    .union([z.literal('auto'), count(0, 1000)], { error: '`auto` or a whole number from 0 to 1000' })
    .default('auto')
    .meta({
      description:
        'Broadcasts that are transcoded at the same time; `auto` by the processors. One more waits, and its source is live meanwhile.',
      reload: 'at once',
    }),
})

export const Retention = z
  .strictObject({
    days: count(0, 36_500)
      .default(30)
      .meta({ description: 'Recordings are deleted after so many days; 0 keeps them.' }),
    maxPercentOfDisk: count(1, 100)
      .default(80)
      .meta({ description: 'Above this use of the disk the oldest recordings go.' }),
  })
  .prefault({})

export const Recording = section('Recordings of broadcasts.', {
  enabled: z.boolean().default(true).meta({ description: 'Record every broadcast.', effect: 'later' }),
  retention: Retention.meta({
    description: 'How long recordings are kept: days, and how full they may make the disk.',
    effect: 'later',
  }),
})
