import { ByteReader } from '../../base/byte-reader.ts'
import { MalformedError } from '../../base/errors.ts'
import { type AmfValue, amfObject } from './amf-value.ts'
import { readAmf0, writeAmf0 } from './amf0.ts'
import { ByteWriter } from './byte-writer.ts'

/** A command message, RTMP 1.0 section 7. */
export type Command = {
  readonly name: string
  /** 0 when no answer is wanted. */
  readonly transactionId: number
  /** What follows: the command object (often null), then the arguments. */
  readonly values: readonly AmfValue[]
}

/**
 * Reads the payload of a command message: type 20 (AMF0), or type 17 (AMF3, `amf3`), whose first byte tells the format
 * of what follows. In both the values are AMF0 that may switch to AMF3 one by one; that is what encoders send.
 * @throws MalformedError
 */
export function readCommand(payload: Uint8Array, amf3 = false): Command {
  const r = new ByteReader(payload)
  if (amf3) {
    const format = r.u8()
    if (format !== 0) throw new MalformedError(`AMF3 command of format ${format}`)
  }
  const [name, transactionId, ...values] = readAmf0(r)
  if (typeof name !== 'string') throw new MalformedError('a command without a name')
  if (transactionId !== undefined && typeof transactionId !== 'number') {
    throw new MalformedError(`the transaction id of ${JSON.stringify(name.slice(0, 40))} is not a number`)
  }
  return { name, transactionId: transactionId ?? 0, values }
}

/** The payload of an AMF0 command message. */
export function writeCommand(command: Command): Uint8Array {
  const w = new ByteWriter()
  writeAmf0(w, command.name)
  writeAmf0(w, command.transactionId)
  for (const value of command.values) writeAmf0(w, value)
  return w.done()
}

/** The payload of an AMF0 data message: a name and values. */
export function writeData(values: readonly AmfValue[]): Uint8Array {
  const w = new ByteWriter()
  for (const value of values) writeAmf0(w, value)
  return w.done()
}

/** An `onStatus` command, RTMP 1.0 7.2.2. */
export function onStatus(level: 'status' | 'error', code: string, description: string): Command {
  return { name: 'onStatus', transactionId: 0, values: [null, amfObject({ level, code, description })] }
}
