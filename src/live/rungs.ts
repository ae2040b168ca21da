import type { Packet, Track } from '../media/packet.ts'

/** What a rung will be like: playlists tell of it before there is any of it, and the source stands in. */
export type PromisedRung = {
  readonly name: string
  /** It is on its way, and made all the time; else only while somebody watches it. */
  readonly always: boolean
  /** As RFC 6381 has it, of its picture. */
  readonly codecs: string
  readonly width: number
  readonly height: number
  readonly framesPerSecond: number
  /** Bits a second on average, and at most. */
  readonly bitrate: number
  readonly peakBitrate: number
}

/** What players ask for of one quality. Counted with every request, so it is figures and nothing else. */
export type Demand = {
  /** Requests for its playlist, and for its media, since it began to be listed. */
  lists: number
  media: number
  /** Requests that wait for it now. */
  readonly waiting: number
}

/**
 * Where further qualities of a broadcast go, beside what its encoder sends. A rung follows the source's time: a frame of it
 * has exactly the presentation time of the source's frame that it was made of, and every key frame of the source is one of
 * the rung's. Names are those of its playlists. Called in the order of decoding, after the source's packet of that time.
 */
export type RungSink = {
  /**
   * Rungs of a broadcast, best first. Players are let in together with those that are on their way, unless they take too long.
   * @param promised what they will be like: those made on demand are listed from now on, the others as soon as players are let in
   */
  expect(names: readonly string[], promised?: readonly PromisedRung[]): void
  /** Before a rung's first packet, and when its codec configuration changes. */
  track(name: string, track: Track): void
  packet(name: string, packet: Packet): void
  /**
   * Until its next packet nothing of this rung comes; another quality stands in for it. Best said in front of a key frame of the source.
   * Unless it is made on demand, players are told of it only as long as something of its own is shown.
   */
  pause(name: string): void
  /** The same for a promised rung that nobody watches: it goes on as a list of the source's segments. */
  sleep(name: string): void
  /**
   * It isn't made of what the source sends now: it goes on as a list of the source's segments for who plays it, and nobody else is
   * told of it, until it is expected again.
   */
  withdraw(name: string): void
  /** Undefined: nobody can ask for it yet. Always the same object for a rung. */
  demand(name: string): Demand | undefined
}
