/** What mpv says when the machine is too slow for it, or of what FFmpeg thinks of two `moov` boxes: no word about the media. */
const NOT_OURS = [
  /^Audio device underrun detected\./,
  /^Audio\/Video desynchronisation detected! Possible reasons include too slow$/,
  /^hardware, temporary CPU spikes, broken drivers, and broken files\. Audio$/,
  /^position will not match to the video \(see A-V status field\)\.$/,
  /Found duplicated MOOV Atom/,
]

/** The lines of mpv's output that complain of what it was given. */
export function mpvComplaints(output: string): string[] {
  const lines = output.split('\n').map((line) => line.trim())
  return lines.filter((line) => line !== '' && !NOT_OURS.some((pattern) => pattern.test(line)))
}
