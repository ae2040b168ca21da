/** Why a broadcast hasn’t all that was asked for, and what to do about it: a sentence for people. */
export type MissingPart = { readonly what: 'ffmpeg' | 'libopus'; readonly todo: string }

/** How one comes by FFmpeg on this system: a sentence for people. */
export function howToInstallFfmpeg(): string {
  if (process.platform === 'darwin') return 'Install it (brew install ffmpeg), or set transcode.ffmpeg to its path.'
  return 'Install it (Debian, Ubuntu: apt install ffmpeg), or set transcode.ffmpeg to its path.'
}

/** What there isn't without FFmpeg, and how to come by it. @param wantsOpus sound in Opus was asked for */
export function withoutFfmpeg(wantsOpus: boolean): string {
  const opus = wantsOpus ? ', no sound in Opus' : ''
  return `Without it there is the source’s quality alone${opus}, and no pictures of what is on air. ${howToInstallFfmpeg()}`
}

/** What to do where FFmpeg is there, and sound in Opus isn't. */
export const WITHOUT_LIBOPUS =
  'Use an FFmpeg that was built with it, as Debian’s and Homebrew’s are (transcode.ffmpeg), or set opus to false.'
