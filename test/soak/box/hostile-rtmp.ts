import { ClientHandshake } from '../../../src/formats/rtmp/handshake.ts'
import type { Way } from './hostile.ts'

/** Basic header of chunk stream 3, type 0, then message header: declares so many bytes of this kind. */
const declares = (length: number, typeId: number): Buffer =>
  Buffer.from([3, 0, 0, 0, length >> 16, (length >> 8) & 255, length & 255, typeId, 0, 0, 0, 0])

/** C0 and C1, and a C2 of anything: whoever shook hands may send chunks. */
const shaken = (): Buffer => Buffer.concat([Buffer.from(new ClientHandshake().hello()), Buffer.alloc(1536)])

/** Of RTMP: noise, sizes that nobody has room for, drops of a byte, sessions that make no sense. */
export const rtmpWays: readonly Way[] = [
  (chance) => ({ name: 'rtmpNoise', bytes: [chance.bytes(1 + chance.below(4000))] }),
  (chance) => ({ name: 'rtmpNoiseBehindHandshake', bytes: [shaken(), chance.bytes(1 + chance.below(4000))] }),
  () => ({ name: 'rtmpHugeMessage', bytes: [shaken(), declares(0xff_ffff, 20), Buffer.alloc(128)] }),
  () => ({ name: 'rtmpHugeChunks', bytes: [shaken(), declares(4, 1), Buffer.from([0x7f, 0xff, 0xff, 0xff])] }),
  (chance) => ({
    name: 'rtmpManyChunkStreams',
    bytes: [
      shaken(),
      ...Array.from({ length: 60 }, (_, id) =>
        Buffer.from([3 + id, 0, 0, 0, 0, 9, 9, 9, 0, 0, 0, 0, chance.below(256)]),
      ),
    ],
  }),
  (chance) => ({ name: 'rtmpDrip', bytes: Array.from({ length: 12 }, () => chance.bytes(1)), apartMs: 1000 }),
  (chance) => ({
    name: 'rtmpAmf',
    bytes: [
      shaken(),
      declares(100, 20),
      Buffer.concat([Buffer.from([2, 0, 7]), Buffer.from('connect'), chance.bytes(90)]),
    ],
  }),
  () => ({ name: 'rtmpHttp', bytes: ['GET / HTTP/1.1\r\nhost: x\r\n\r\n'] }),
]
