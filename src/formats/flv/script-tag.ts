import { ByteReader } from '../../base/byte-reader.ts'
import { type AmfValue, amfNumber, amfProperties, amfString } from '../rtmp/amf-value.ts'
import { readAmf0 } from '../rtmp/amf0.ts'
import { writeData } from '../rtmp/command.ts'

/** What an encoder says of itself in `onMetaData`, Adobe FLV 10.1 E.5. All of it is hearsay: the bitstreams decide. */
export type Metadata = {
  readonly encoder: string | undefined
  readonly width: number | undefined
  readonly height: number | undefined
  readonly framesPerSecond: number | undefined
  /** Kilobits per second. */
  readonly videoDataRate: number | undefined
  readonly audioDataRate: number | undefined
}

/** Longest text taken over from an encoder. */
const MAX_TEXT = 120

/**
 * Reads script data. Answers undefined for anything but `onMetaData`, which RTMP encoders wrap in `@setDataFrame`.
 * @throws MalformedError
 */
export function readMetadata(body: Uint8Array): Metadata | undefined {
  const values = readAmf0(new ByteReader(body))
  const named = values[0] === '@setDataFrame' ? values.slice(1) : values
  const [name, data] = named
  if (name !== 'onMetaData' || amfProperties(data) === undefined) return undefined
  return {
    encoder: amfString(data, 'encoder')?.slice(0, MAX_TEXT),
    width: amfNumber(data, 'width'),
    height: amfNumber(data, 'height'),
    framesPerSecond: amfNumber(data, 'framerate'),
    videoDataRate: amfNumber(data, 'videodatarate'),
    audioDataRate: amfNumber(data, 'audiodatarate'),
  }
}

/** Writes an `onMetaData` script tag's body. */
export function writeMetadata(properties: Readonly<Record<string, AmfValue>>): Uint8Array {
  const data = { kind: 'ecma-array', properties: new Map(Object.entries(properties)), dense: [] } as const
  return writeData(['onMetaData', data])
}
