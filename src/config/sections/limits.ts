import { bytes, count, section } from '../kinds.ts'

/** What strangers may take of this server's memory, sockets and time. */
export const Limits = section('What strangers may take of this server’s memory, sockets and time.', {
  publishers: count(1, 10_000).default(100).meta({ description: 'Encoders that publish at the same time.' }),
  rtmp: section('RTMP connections.', {
    connections: count(1, 100_000).default(1000).meta({ description: 'RTMP connections in all.' }),
    connectionsPerAddress: count(1, 100_000)
      .default(50)
      .meta({ description: 'RTMP connections from one address; this machine’s own are not counted.' }),
    messageBytes: bytes({ min: 65_536, max: 2 ** 28 })
      .prefault('8 MiB')
      .meta({
        description: 'A longer RTMP message ends the connection. A key frame is one message.',
        reload: 'next connection',
      }),
    unauthenticatedBytes: bytes({ min: 8192, max: 2 ** 20 })
      .prefault('64 KiB')
      .meta({
        description: 'What a connection may make the server hold before its key was accepted.',
        reload: 'next connection',
      }),
    unauthenticatedSeconds: count(1, 300).default(10).meta({
      description: 'A connection that neither publishes nor plays by then is closed.',
      reload: 'next connection',
    }),
  }),
  http: section('HTTP connections.', {
    connections: count(1, 1_000_000).default(20_000).meta({ description: 'HTTP connections in all.' }),
    connectionsPerAddress: count(1, 1_000_000).default(1000).meta({
      description:
        'HTTP connections from one address (a whole school may share one); this machine’s own are not counted.',
    }),
    headerBytes: bytes({ min: 4096, max: 2 ** 18 })
      .prefault('16 KiB')
      .meta({ description: 'Size of a request’s head.', reload: 'next connection' }),
    headerSeconds: count(1, 300).default(10).meta({ description: 'Time for a request’s head to arrive.' }),
    bodyBytes: bytes({ min: 1024, max: 2 ** 28 })
      .prefault('1 MiB')
      .meta({ description: 'Size of the body of an API request.' }),
    waitingRequests: count(1, 1_000_000)
      .default(20_000)
      .meta({ description: 'Playlist and part requests that wait for the next part at the same time.' }),
    stalledSeconds: count(1, 300).default(30).meta({
      description:
        'A client that has not taken its answer after this long is closed, and a player that took nothing, or was behind, for so long.',
    }),
    apiRequestsPerMinute: count(1, 1_000_000).default(600).meta({
      description: 'Requests that change something, in a minute: from one address, by one account, by one API token.',
    }),
  }),
  players: section(
    'Players of RTMP, HTTP-FLV and WebSocket-FLV: each is a connection that is written to all the time.',
    {
      connections: count(1, 1_000_000).default(2000).meta({
        description: 'Such players at the same time; those of RTMP count as RTMP connections too.',
        reload: 'at once',
      }),
      bufferedBytes: bytes({ min: 262_144, max: 2 ** 30 })
        .prefault('8 MiB')
        .meta({
          description:
            'What a player may be behind before it skips to the next key frame. Up to half of it is kept of every broadcast, from the last key frame on, for players that come.',
          reload: 'next broadcast',
        }),
    },
  ),
  websocket: section('WebSocket connections of pages.', {
    connections: count(1, 1_000_000).default(20_000).meta({ description: 'WebSocket connections in all.' }),
    connectionsPerAddress: count(1, 1_000_000)
      .default(1000)
      .meta({ description: 'WebSocket connections from one address.' }),
    messageBytes: bytes({ min: 1024, max: 2 ** 20 })
      .prefault('16 KiB')
      .meta({ description: 'A longer message ends the connection.', reload: 'next connection' }),
    bufferedBytes: bytes({ min: 16_384, max: 2 ** 28 })
      .prefault('256 KiB')
      .meta({ description: 'A page that lets more than this pile up is disconnected; it comes back by itself.' }),
  }),
  chat: section('What people may do in a chat.', {
    messagesPerMinute: count(1, 6000)
      .default(30)
      .meta({ description: 'Messages of one person in a minute, when they go on writing.' }),
    messageBurst: count(1, 1000).default(5).meta({ description: 'Messages of one person at once.' }),
    firstMessages: count(1, 1000)
      .default(2)
      .meta({ description: 'Messages at once of somebody who has just come for the first time.' }),
    messagesPerMinutePerAddress: count(1, 1_000_000).default(600).meta({
      description:
        'Messages from one address in a minute (a whole school may share one); this machine’s own are not counted.',
    }),
    messagesPerSecond: count(1, 10_000)
      .default(50)
      .meta({ description: 'Messages of all people of a channel in a second; every one goes to everybody there.' }),
    reactionsPerSecond: count(1, 1000)
      .default(5)
      .meta({ description: 'Reactions of one person in a second; more are not counted.' }),
    requestsPerSecond: count(1, 1000).default(10).meta({
      description:
        'Messages of any kind from one page in a second; three times as many at once. More ends the connection.',
    }),
    viewersPerAddress: count(1, 1_000_000)
      .default(1000)
      .meta({ description: 'Players of one address that are counted as viewers; this machine’s own are not limited.' }),
  }),
}).meta({ reload: 'at once' })
