import { messageOf } from '../../../base/errors.ts'
import { findEncoders, HARDWARE_NAMES } from '../../../transcode/box/find-encoders.ts'
import { programFile } from '../../../transcode/box/known-encoders.ts'
import { WITHOUT_LIBOPUS, withoutFfmpeg } from '../../../transcode/missing-ffmpeg.ts'
import type { Finding } from './finding.ts'

/** What this FFmpeg makes of a broadcast. */
export type Makes = { readonly pictures: boolean; readonly opus: boolean }

/**
 * Which FFmpeg there is, and what it really encodes with: each encoder is tried with a second of video.
 * @param wantsOpus the settings ask for sound in Opus
 */
export async function lookAtFfmpeg(
  ffmpeg: string,
  wantsOpus: boolean,
): Promise<{ readonly findings: readonly Finding[]; readonly makes: Makes }> {
  const about = 'FFmpeg'
  try {
    const { version, software, hardware, hasOpus } = await findEncoders(ffmpeg)
    const findings: Finding[] = [
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
    return { findings, makes: { pictures: software.why === undefined, opus: hasOpus } }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const found = code === 'ENOENT' ? 'not found' : `can’t be run: ${messageOf(error)}`
    const findings: Finding[] = [{ about, state: 'note', found, todo: withoutFfmpeg(wantsOpus) }]
    return { findings, makes: { pictures: false, opus: false } }
  }
}

function lookAtOpus(hasOpus: boolean): Finding {
  const about = 'Opus'
  if (hasOpus) return { about, state: 'good', found: 'FFmpeg has libopus' }
  return {
    about,
    state: 'broken',
    found: 'is asked for, and this FFmpeg was built without libopus: there is AAC alone',
    todo: WITHOUT_LIBOPUS,
  }
}

const endless = (sentence: string): string => sentence.replace(/\.$/, '')
