import type { Tag } from '../../contract/operation.ts'

/** An operation that speaks no JSON of the contract: media, texts, sockets. Told in words. */
export type PlainOperation = {
  readonly summary: string
  readonly description?: string
  readonly tags: readonly [Tag]
  readonly parameters?: readonly PlainParameter[]
  /** What is sent, and its content types. */
  readonly body?: { readonly description: string; readonly types: readonly string[] }
  /** By status: what is in it, and its content types. */
  readonly answers: Readonly<Record<number, { readonly description: string; readonly types?: readonly string[] }>>
}
type PlainParameter = { readonly name: string; readonly in: 'path' | 'query' | 'header'; readonly description: string }

const channel = { name: 'channel', in: 'path', description: 'The channel’s slug.' } as const
const rendition = { name: 'rendition', in: 'path', description: 'As the multivariant playlist names it.' } as const
const PLAYLIST = ['application/vnd.apple.mpegurl'] as const
/** Refusals of media are one line of plain text: players read the status alone, people with a shell read the line. */
const PLAIN = ['text/plain'] as const
const notFound = { description: 'There is no such media, or no longer. Cacheable for a second.', types: PLAIN } as const
const later = { description: 'What was waited for did not come: ask again after `Retry-After`.', types: PLAIN } as const
const unchanged = { description: 'As `If-None-Match` has it.' } as const

const slug = { name: 'slug', in: 'path', description: 'The channel’s slug.' } as const
const putPicture = (use: 'poster' | 'logo'): PlainOperation => ({
  summary: `Give a channel a ${use}`,
  description: `PNG, JPEG or WebP as its content says, 1 MiB at most, 16 to 6000 pixels a side; no animation, never SVG. What tells where and with what it was taken is left out. \`${use}\` of the answer is its address, which never names other bytes.`,
  tags: ['channels'],
  parameters: [slug],
  body: { description: 'The file.', types: ['image/png', 'image/jpeg', 'image/webp', 'application/octet-stream'] },
  answers: { 200: { description: 'The channel.', types: ['application/json'] } },
})

export const plainOperations: Readonly<Record<string, PlainOperation>> = {
  'GET /api/v1/you/export': {
    summary: 'All that is kept of you',
    description: 'One JSON file: account, devices, tokens (never themselves), channels, what you did, what you wrote.',
    tags: ['people'],
    answers: { 200: { description: 'The file, for download.', types: ['application/json'] } },
  },
  'GET /.well-known/jwks.json': {
    summary: 'The keys of access tokens',
    description:
      'A JWK Set (RFC 7517): by the key that `kid` of a token’s head names anybody can check it, with ES256 and nothing else. Keys change every month.',
    tags: ['session'],
    answers: { 200: { description: 'The public keys.', types: ['application/jwk-set+json'] } },
  },
  'GET /live/:channel/index.m3u8': {
    summary: 'HLS multivariant playlist',
    description: 'Where a player of HLS begins (RFC 8216bis). Any page may read live media of public channels.',
    tags: ['playback'],
    parameters: [channel],
    answers: {
      200: { description: 'The playlist.', types: PLAYLIST },
      304: unchanged,
      404: notFound,
    },
  },
  'GET /live/:channel/:rendition.m3u8': {
    summary: 'HLS media playlist',
    description:
      'With `_HLS_msn` (and `_HLS_part`) the answer waits until the playlist holds that segment or part, at most three target durations.',
    tags: ['playback'],
    parameters: [
      channel,
      rendition,
      { name: '_HLS_msn', in: 'query', description: 'Answer when this media sequence number is in it.' },
      { name: '_HLS_part', in: 'query', description: '… and this part of it; needs `_HLS_msn`.' },
      { name: '_HLS_skip', in: 'query', description: '`YES`: a delta update, without what the player knows.' },
    ],
    answers: {
      200: { description: 'The playlist.', types: PLAYLIST },
      304: unchanged,
      400: { description: 'The directives make no sense, or are too far ahead.', types: PLAIN },
      404: notFound,
      503: later,
    },
  },
  'GET /live/:channel/manifest.mpd': {
    summary: 'DASH manifest',
    description: 'Over the same segments as HLS (ISO/IEC 23009-1).',
    tags: ['playback'],
    parameters: [channel],
    answers: {
      200: { description: 'The manifest.', types: ['application/dash+xml'] },
      304: unchanged,
      404: notFound,
    },
  },
  'GET /live/:channel/:rendition/:epoch/:file': {
    summary: 'An initialisation, a segment or a part of one (CMAF)',
    description:
      'Named by playlists and manifests: `init-<n>.mp4`, `<msn>.m4s`, `<msn>.<part>.m4s`. An address never names two different byte strings, so it may be cached for ever. One byte range is answered.',
    tags: ['playback'],
    parameters: [
      channel,
      rendition,
      { name: 'epoch', in: 'path', description: 'Of this broadcast on this start of the server.' },
      { name: 'file', in: 'path', description: 'As the playlist names it.' },
      { name: 'Range', in: 'header', description: '`bytes=0-99`, `bytes=100-`, `bytes=-100`.' },
    ],
    answers: {
      200: { description: 'The media.', types: ['video/mp4', 'audio/mp4'] },
      206: { description: 'The range.', types: ['video/mp4', 'audio/mp4'] },
      304: unchanged,
      404: notFound,
      416: { description: 'There are no such bytes.', types: PLAIN },
      503: later,
    },
  },
  'GET /live/:channel/poster.jpg': {
    summary: 'A picture of what is on air',
    description:
      'Ten seconds old at most where key frames come that often. While the encoder is away the last one stays. Needs FFmpeg on the server.',
    tags: ['playback'],
    parameters: [channel],
    answers: {
      200: { description: 'The picture, 854 pixels on its longer side at most.', types: ['image/jpeg'] },
      304: unchanged,
      404: notFound,
      503: later,
    },
  },
  'GET /live/:channel/storyboard.vtt': {
    summary: 'Small pictures for the rewind window',
    description:
      'WebVTT with a picture for each stretch of media time; a cue’s identifier is the date of its beginning. There is none where one can’t rewind. Needs FFmpeg on the server.',
    tags: ['playback'],
    parameters: [channel],
    answers: { 200: { description: 'The list.', types: ['text/vtt'] }, 304: unchanged, 404: notFound, 503: later },
  },
  'GET /live/:channel/storyboard/:epoch/:file': {
    summary: 'One of these small pictures',
    description: 'Its address never names another one.',
    tags: ['playback'],
    parameters: [
      channel,
      { name: 'epoch', in: 'path', description: 'As the list names it.' },
      { name: 'file', in: 'path', description: 'As the list names it.' },
    ],
    answers: { 200: { description: 'The picture.', types: ['image/jpeg'] }, 304: unchanged, 404: notFound },
  },
  'GET /live/:channel.flv': {
    summary: 'HTTP-FLV, and WebSocket-FLV at the same address',
    description:
      'FLV from the last key frame on, for as long as the broadcast goes on; while its encoder is away, the answer waits. Upgraded to a WebSocket, the same bytes come in binary messages, to any page; close code 1000: the broadcast ended, 1001: the server stops, 1013: too many play, 4404: not live.',
    tags: ['playback'],
    parameters: [channel],
    answers: {
      200: { description: 'The stream.', types: ['video/x-flv'] },
      101: { description: 'The connection is a WebSocket from here on.' },
      404: { description: 'The channel is not live. Cacheable for a second.', types: ['application/problem+json'] },
      429: { description: 'Too many play.', types: ['application/problem+json'] },
    },
  },
  'GET /api/v1/channels/:slug/ws': {
    summary: 'The channel’s WebSocket: state, chat, reactions, who watches',
    description: `One for each page that shows the channel. Messages are JSON texts.

The server speaks first: \`state\`, the channel as \`GET /api/v1/channels/{slug}\` has it with the server’s clock, and again after each change. All that it may say is \`ServerMessage\`.

The page says \`join\` when it wants chat, \`say\` and \`react\` to take part, and \`watching\` every ten seconds while its player plays: \`ClientMessage\`. Whatever else comes, too much of anything, and messages over \`limits.websocket.messageBytes\` end the connection with close code 1008 or 1009.

Close code 1001: the server stops, come back soon. 4404: the channel was deleted, don’t. A page of another site is refused unless it is in \`server.allowedOrigins\`.`,
    tags: ['channels'],
    parameters: [slug],
    answers: { 101: { description: 'The connection is a WebSocket from here on.' } },
  },
  'PUT /api/v1/channels/:slug/poster': putPicture('poster'),
  'PUT /api/v1/channels/:slug/logo': putPicture('logo'),
  'GET /media/channels/:slug/:file': {
    summary: 'A channel’s poster or logo',
    description: 'As `poster` and `logo` of the channel name it. May be cached for ever.',
    tags: ['channels'],
    parameters: [slug, { name: 'file', in: 'path', description: 'As the channel names it.' }],
    answers: {
      200: { description: 'The picture.', types: ['image/png', 'image/jpeg', 'image/webp'] },
      304: unchanged,
      404: { description: 'There is no such picture, or no longer.', types: ['application/problem+json'] },
    },
  },
  'GET /api/v1/channels/:slug/schedule.ics': {
    summary: 'The next broadcast, for calendars',
    description:
      'iCalendar (RFC 5545), to add once or to subscribe to. An event keeps its `UID` while its time or title is changed.',
    tags: ['channels'],
    parameters: [slug],
    answers: {
      200: { description: 'The calendar; without an event when nothing is announced.', types: ['text/calendar'] },
      404: { description: 'There is no such channel.', types: ['application/problem+json'] },
    },
  },
  'GET /api/v1/openapi.json': {
    summary: 'This document',
    tags: ['server'],
    answers: { 200: { description: 'OpenAPI 3.1.', types: ['application/json'] }, 304: unchanged },
  },
  'GET /time': {
    summary: 'The server’s clock',
    description: 'ISO 8601, for DASH `UTCTiming` and for whoever measures latency. Any page may read it.',
    tags: ['playback'],
    answers: { 200: { description: 'Such as `2026-01-31T18:00:00.000Z`.', types: ['text/plain'] } },
  },
  'GET /.well-known/acme-challenge/:token': {
    summary: 'Answer to a challenge of an ACME authority',
    description: 'RFC 8555, 8.3, while a certificate is being asked for.',
    tags: ['server'],
    parameters: [{ name: 'token', in: 'path', description: 'The challenge’s token.' }],
    answers: {
      200: { description: 'The key authorization.', types: ['application/octet-stream'] },
      404: { description: 'No such challenge is under way.', types: ['application/problem+json'] },
    },
  },
  'GET /metrics': {
    summary: 'Figures for Prometheus',
    tags: ['figures'],
    answers: { 200: { description: 'The text format of Prometheus.', types: ['text/plain'] } },
  },
}
