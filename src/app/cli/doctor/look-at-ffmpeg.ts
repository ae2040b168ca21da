import { messageOf } from '../../../base/errors.ts'
import { findEncoders, HARDWARE_NAMES } from '../../../transcode/box/find-encoders.ts'
import { programFile } from '../../../transcode/box/known-encoders.ts'
import type { Finding } from './finding.ts'

/**
 * Which FFmpeg there is, and what it really encodes with: each encoder is tried with a second of video.
 * @param wantsOpus the settings ask for sound in Opus
 */
export async function lookAtFfmpeg(ffmpeg: string, wantsOpus: boolean): Promise<Finding[]> {
  const about = 'FFmpeg'
  try {
    const { version, software, hardware, hasOpus } = await findEncoders(ffmpeg)
    return [
      { about, state: 'good', found: `${version}, ${(await programFile(ffmpeg)) ?? ffmpeg}` },
      software.why === undefined
        ? { about: 'x264', state: 'good', found: 'encodes' }
        : {
            about: 'x264',
            state: 'note',
            found: endless(software.why),
            todo: 'Use an FFmpeg that has it.',
          },
      ...(wantsOpus ? [lookAtOpus(hasOpus)] : []),
      ...hardware.map(({ encoder, why, isThere }): Finding => {
        const name = HARDWARE_NAMES[encoder.kind]
        if (why !== undefined) return { about: name, state: isThere ? 'note' : 'absent', found: endless(why) }
        return { about: name, state: 'good', found: `encodes${encoder.path === undefined ? '' : `, ${encoder.path}`}` }
      }),
    ]
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const found = code === 'ENOENT' ? 'not found' : `can’t be run: ${messageOf(error)}`
    const todo = `Without it there is the source’s quality alone, and no pictures of what is on air. ${howToInstall()}`
    return [{ about, state: 'note', found, todo }]
  }
}

function lookAtOpus(hasOpus: boolean): Finding {
  const about = 'Opus'
  if (hasOpus) return { about, state: 'good', found: 'FFmpeg has libopus' }
  const todo =
    'Use an FFmpeg that was built with it, as Debian’s and Homebrew’s are (transcode.ffmpeg), or set opus to false.'
  return {
    about,
    state: 'broken',
    found: 'is asked for, and this FFmpeg was built without libopus: there is AAC alone',
    todo,
  }
}

function howToInstall(): string {
  if (process.platform === 'darwin') return 'brew install ffmpeg, or set transcode.ffmpeg to its path.'
  return 'Install it (Debian, Ubuntu: apt install ffmpeg), or set transcode.ffmpeg to its path.'
}

const endless = (sentence: string): string => sentence.replace(/\.$/, '')
