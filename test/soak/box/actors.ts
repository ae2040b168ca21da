import { join } from 'node:path'
import { ROOT } from '../../light/server-process.ts'
import { type Actor, inProcess } from './actor.ts'
import { watchInChromium } from './chromium.ts'
import type { EncodersOptions } from './encoders.ts'
import type { HostileOptions } from './hostile.ts'
import type { PlayersOptions } from './players.ts'
import type { RewindersOptions } from './rewinders.ts'
import type { StalledOptions } from './stalled.ts'
import type { ViewersOptions } from './viewers.ts'

const LOADS = join(ROOT, 'bench/load')
const PLAYLIST = 'source.m3u8'

/** Everybody who is on the box, in the order in which they come. */
export const ACTORS: readonly Actor[] = [
  {
    name: 'publishers',
    wanted: ({ publishers }) => publishers > 0,
    enter: ({ options, server, file }) =>
      inProcess(
        'publish',
        { port: server.rtmpPort, publishers: options.publishers, file, warmUpMs: 2000, prefix: 'steady' },
        LOADS,
      ),
  },
  {
    name: 'encoders',
    wanted: ({ encoders }) => encoders > 0,
    enter: ({ options, server, file, passing, seed }) =>
      inProcess('encoders', {
        ...{ port: server.rtmpPort, channels: passing, file, seed },
        staySeconds: options.short ? [3, 6] : [20, 90],
        awaySeconds: options.short ? [0.5, 2] : [1, 20],
      } satisfies EncodersOptions),
  },
  {
    name: 'viewers',
    wanted: ({ viewers }) => viewers > 0,
    enter: ({ options, server, steady, passing, file }) =>
      inProcess('viewers', {
        port: server.httpPort,
        steady,
        viewers: options.viewers,
        passing,
        file,
      } satisfies ViewersOptions),
  },
  {
    name: 'rewinders',
    wanted: ({ rewinders }) => rewinders > 0,
    enter: ({ options, server, steady, seed }) =>
      inProcess('rewinders', {
        ...{ port: server.httpPort, channels: steady, viewers: options.rewinders, seed },
        ...{ inARow: options.short ? 2 : 8, playlist: PLAYLIST },
      } satisfies RewindersOptions),
  },
  {
    name: 'players',
    wanted: ({ players }) => players > 0,
    enter: ({ options, server, steady }) =>
      inProcess('players', {
        ...{ httpPort: server.httpPort, rtmpPort: server.rtmpPort, channels: steady, players: options.players },
      } satisfies PlayersOptions),
  },
  {
    name: 'chat',
    wanted: ({ chat }) => chat > 0,
    enter: ({ options, server, steady }) =>
      inProcess(
        'chat',
        {
          port: server.httpPort,
          path: `/api/v1/channels/${steady[0]}/ws`,
          clients: options.chat,
          rate: 1,
          staySeconds: 10,
        },
        LOADS,
      ),
  },
  {
    name: 'chromium',
    wanted: ({ chromium }) => chromium > 0,
    enter: ({ options, server, steady }) => watchInChromium(server, steady, options.chromium),
  },
  {
    name: 'stalled',
    wanted: ({ stalled }) => stalled > 0,
    enter: ({ options, server, steady, seed }) =>
      inProcess('stalled', {
        ...{ httpPort: server.httpPort, rtmpPort: server.rtmpPort, sockets: options.stalled, channels: steady, seed },
        ...{ playlist: PLAYLIST, deafSeconds: options.short ? 12 : 45 },
      } satisfies StalledOptions),
  },
  {
    name: 'hostile',
    wanted: ({ hostile }) => hostile > 0,
    enter: ({ options, server, steady, seed }) =>
      inProcess('hostile', {
        ...{ httpPort: server.httpPort, rtmpPort: server.rtmpPort, channels: steady, perSecond: options.hostile, seed },
      } satisfies HostileOptions),
  },
]
