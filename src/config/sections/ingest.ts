import { z } from 'zod'
import { count, host, offOr, path, port, section } from '../kinds.ts'

export const Ingest = section('How broadcasts come in.', {
  rtmp: section('RTMP, for OBS, FFmpeg and phones.', {
    host: host().default('::').meta({ description: 'Address to listen on. `::` is all of them.' }),
    port: port().default(1935).meta({ description: 'TCP port that encoders publish to. 0 takes any free one.' }),
  }).meta({ reload: 'restart' }),
  rtmps: section('RTMP over TLS, on the same address and with the certificate of HTTPS; on when HTTPS is.', {
    port: port().default(1936).meta({ description: 'TCP port of RTMPS. 0 takes any free one.' }),
  }).meta({ reload: 'restart' }),
  open: z.boolean().default(false).meta({
    description:
      'For labs and benchmarks: `rtmp://HOST/live/<name>` needs no key and makes the channel. Only while RTMP listens on a loopback address.',
    reload: 'restart',
  }),
  graceSeconds: count(0, 86_400)
    .default(60)
    .meta({ description: 'How long a broadcast waits for an encoder whose connection was lost.', reload: 'at once' }),
  endSeconds: count(0, 86_400)
    .default(5)
    .meta({ description: 'How long a broadcast waits after the encoder said goodbye.', reload: 'at once' }),
  slate: offOr(path()).default('off').meta({
    description:
      'What viewers see while a lost encoder is waited for: `off` (its last picture), `poster` (that of the channel), or the path of a picture or a video to play in a loop, without its sound. FFmpeg makes it.',
    reload: 'at once',
  }),
})

export const WebRtc = section('WebRTC: publishing from browsers (WHIP) and playing below a second (WHEP).', {
  port: port().default(8189).meta({ description: 'First UDP port of media; each worker takes one.', effect: 'later' }),
  workers: count(1, 64).default(1).meta({ description: 'Processes that carry WebRTC media.', effect: 'later' }),
  publicHosts: z
    .array(z.string().min(1))
    .default([])
    .meta({
      description: 'Addresses or names that browsers reach this server by, when they are not its own (behind NAT).',
      example: ['203.0.113.7'],
      effect: 'later',
    }),
  iceServers: z
    .array(
      z.strictObject({
        urls: z.string().regex(/^(stun|turns?):/, { error: 'an address such as turn:turn.example.org:3478' }),
        username: z.string().optional(),
        credential: z.string().optional().meta({ secret: true }),
      }),
    )
    .default([])
    .meta({
      description: 'STUN and TURN servers that are told to browsers.',
      example: [{ urls: 'stun:stun.example.org:3478' }],
      effect: 'later',
    }),
})
