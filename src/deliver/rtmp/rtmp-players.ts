import { onStatus, writeCommand, writeData } from '../../formats/rtmp/command.ts'
import { EventType, setChunkSize, userControl } from '../../formats/rtmp/control.ts'
import { type Message, MessageType } from '../../formats/rtmp/message.ts'
import type { PlayRequest, RtmpPlayerConnection, RtmpPlayers, RtmpPlaying } from '../../live/playing.ts'
import { rtmpLayout } from '../flv/layouts.ts'
import type { Players } from '../flv/players.ts'
import type { Outlet } from '../flv/viewer.ts'

/** Nearly every frame fits, and no player is known that takes less. */
const CHUNK_SIZE = 65_536
const STATUS_CHUNK_STREAM = 5

/** Plays broadcasts over RTMP, RTMP 1.0 7.2.2.1: the words around the media, which is the same for all. */
export class RtmpPlayback implements RtmpPlayers {
  readonly #players: Players

  constructor(players: Players) {
    this.#players = players
  }

  /** @throws NotFoundError, RefusedError */
  async play(request: Omit<PlayRequest, 'protocol'>, connection: RtmpPlayerConnection): Promise<RtmpPlaying> {
    const { slug } = request
    const live = await this.#players.find({ ...request, protocol: 'rtmp' })
    const { streamId } = connection
    connection.send(setChunkSize(CHUNK_SIZE))
    connection.send(userControl({ eventType: EventType.streamBegin, values: [streamId] }))
    connection.send(status(streamId, 'NetStream.Play.Reset', `Playing ${slug} from now on.`))
    connection.send(status(streamId, 'NetStream.Play.Start', `Playing ${slug}.`))
    // What players of Flash were allowed to take from the picture and the sound; others wait for it before they begin.
    connection.send(data(streamId, ['|RtmpSampleAccess', true, true]))
    const outlet: Outlet = {
      write: (chunks) => connection.write(chunks),
      get waiting() {
        return connection.waiting
      },
      end: (how) => {
        if (how === 'ended') sayEnd(connection, slug)
        connection.close(how === 'ended' ? 'the broadcast ended' : 'the server is stopping')
      },
      cut: (reason) => connection.close(reason),
    }
    const seat = live.join(rtmpLayout({ chunkSize: CHUNK_SIZE, messageStreamId: streamId }), outlet)
    return {
      pause: (yes) => {
        const code = yes ? 'NetStream.Pause.Notify' : 'NetStream.Unpause.Notify'
        connection.send(status(streamId, code, yes ? 'Paused.' : 'Going on with the next key frame.'))
        seat.pause(yes)
      },
      stop: () => seat.leave(),
    }
  }
}

function sayEnd(connection: RtmpPlayerConnection, slug: string): void {
  const { streamId } = connection
  connection.send(status(streamId, 'NetStream.Play.UnpublishNotify', `${slug} is no longer broadcast.`))
  connection.send(userControl({ eventType: EventType.streamEof, values: [streamId] }))
  connection.send(status(streamId, 'NetStream.Play.Stop', `${slug} has ended.`))
}

const status = (streamId: number, code: string, description: string): Message =>
  message(streamId, MessageType.commandAmf0, writeCommand(onStatus('status', code, description)))
const data = (streamId: number, values: Parameters<typeof writeData>[0]): Message =>
  message(streamId, MessageType.dataAmf0, writeData(values))

const message = (messageStreamId: number, typeId: number, payload: Uint8Array): Message => ({
  chunkStreamId: STATUS_CHUNK_STREAM,
  timestamp: 0,
  typeId,
  messageStreamId,
  payload,
})
