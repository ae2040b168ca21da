import { maskedText, upgradeRequest } from '../../light/chat-crowd.ts'
import { HOSTILE_TEXTS } from '../../light/hostile-texts.ts'
import type { Way } from './hostile.ts'

const HOST = 'host: 127.0.0.1\r\n'
const get = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\n${HOST}${headers}\r\n`

const QUERIES = [
  '_HLS_msn=99999999999999999999',
  '_HLS_msn=-1',
  '_HLS_part=3',
  '_HLS_msn=1e9&_HLS_part=NaN',
  '_HLS_skip=%00%ff',
  'dvr=1&dvr=1&dvr=2',
  'CMCD=%22%22%22bl%3D-1%2C%2C%2Cmtp',
  `${'a=b&'.repeat(500)}`,
  '%E0%A4%A',
]
const PATHS = [
  'index.m3u8',
  'source.m3u8',
  'audio.m3u8',
  'manifest.mpd',
  '../../etc/passwd',
  '%2e%2e/%2e%2e',
  'a/b/c/d/e',
]
const RANGES = [
  'bytes=9-1',
  'bytes=-0',
  'bytes=0-0,1-1,2-2,3-3',
  'bytes=99999999999999999-',
  'lines=1-2',
  `bytes=${'1-2,'.repeat(900)}`,
]

/** Of HTTP: what isn't there, questions without sense, heads without end, ranges of nothing, requests in each other. */
export const httpWays: readonly Way[] = [
  (chance, slug) => ({
    name: 'http404s',
    bytes: [
      Array.from({ length: 20 }, () =>
        get(`/live/${slug}/source/${chance.bytes(9).toString('hex')}/${chance.below(1e9)}.m4s`),
      ).join(''),
    ],
  }),
  (chance) => ({ name: 'httpNoSuchChannel', bytes: [get(`/live/${chance.bytes(6).toString('hex')}/index.m3u8`)] }),
  (chance, slug) => ({
    name: 'httpQueries',
    bytes: [get(`/live/${slug}/${chance.oneOf(PATHS)}?${chance.oneOf(QUERIES)}`)],
  }),
  (chance) => ({ name: 'httpPages', bytes: [get(`/c/${chance.bytes(8).toString('hex')}`, 'accept: text/html\r\n')] }),
  () => ({ name: 'httpLongHead', bytes: [get('/', `x-long: ${'x'.repeat(40_000)}\r\n`)] }),
  () => ({
    name: 'httpManyHeaders',
    bytes: [get('/', Array.from({ length: 900 }, (_, i) => `x-${i}: y\r\n`).join(''))],
  }),
  (chance, slug) => ({
    name: 'httpRanges',
    bytes: [get(`/live/${slug}/index.m3u8`, `range: ${chance.oneOf(RANGES)}\r\n`)],
  }),
  (chance) => ({ name: 'httpNoise', bytes: [chance.bytes(1 + chance.below(3000))] }),
  () => ({ name: 'httpDrip', bytes: [...'GET /live/a'].map((letter) => letter), apartMs: 1000 }),
  () => ({
    name: 'httpSmuggled',
    bytes: [
      `POST /api/v1/session HTTP/1.1\r\n${HOST}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n`,
    ],
  }),
  (chance) => ({
    name: 'httpBody',
    bytes: [
      `POST /api/v1/session HTTP/1.1\r\n${HOST}content-type: application/json\r\ncontent-length: 3000000\r\n\r\n`,
      chance.bytes(9000),
    ],
  }),
]

/** Of WebSockets: bytes that are no frames, lengths that nobody sends, texts that are no messages. */
export const webSocketWays: readonly Way[] = [
  (chance, slug) => ({ name: 'wsNoise', bytes: [upgrade(slug), chance.bytes(400)], apartMs: 100 }),
  (_, slug) => ({
    name: 'wsHugeFrame',
    bytes: [upgrade(slug), Buffer.from([0x81, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 1])],
    apartMs: 100,
  }),
  (chance, slug) => ({
    name: 'wsTexts',
    bytes: [upgrade(slug), maskedText(chance.oneOf(HOSTILE_TEXTS).text)],
    apartMs: 100,
  }),
  (_, slug) => ({
    name: 'wsFlood',
    bytes: [upgrade(slug), ...Array.from({ length: 60 }, () => maskedText('{"type":"react","kind":"heart"}'))],
    apartMs: 5,
  }),
  (_, slug) => ({ name: 'wsTorn', bytes: [upgrade(slug), Buffer.from([0x01, 0x80, 0, 0, 0, 0])], apartMs: 3000 }),
]

const upgrade = (slug: string): string => upgradeRequest(0, `/api/v1/channels/${slug}/ws`)
