import { createInterface } from 'node:readline'
import type { ReadStream } from 'node:tty'

const LONGEST = 1000
const CONTROL_C = '\u0003'
const CONTROL_D = '\u0004'

/**
 * A secret that a person types, which isn't shown, or the first line of what is piped in. Never an argument: those are seen by
 * everybody on the machine and stay in the shell's history.
 */
export async function readSecret(
  prompt: string,
  input: NodeJS.ReadableStream & Partial<Pick<ReadStream, 'isTTY' | 'setRawMode'>>,
  output: { write(text: string): unknown },
): Promise<string> {
  if (input.isTTY !== true || input.setRawMode === undefined) return firstLine(input)
  output.write(prompt)
  input.setRawMode(true)
  input.setEncoding('utf8')
  let text = ''
  try {
    for await (const chunk of input) {
      for (const letter of String(chunk)) {
        if (letter === '\r' || letter === '\n' || letter === CONTROL_D) return text
        if (letter === CONTROL_C) return ''
        if (letter === '\u007f' || letter === '\b') text = [...text].slice(0, -1).join('')
        else if (letter >= ' ' && text.length < LONGEST) text += letter
      }
    }
    return text
  } finally {
    input.setRawMode(false)
    input.pause()
    output.write('\n')
  }
}

async function firstLine(input: NodeJS.ReadableStream): Promise<string> {
  const lines = createInterface({ input })
  for await (const line of lines) {
    lines.close()
    return line.slice(0, LONGEST)
  }
  return ''
}
