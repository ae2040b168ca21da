import { spawn } from 'node:child_process'

const ARGS = [
  ...['-nostdin', '-v', 'error', '-re', '-f', 'lavfi', '-i', 'testsrc2=size=1280x720:rate=30'],
  ...['-f', 'lavfi', '-i', 'sine=frequency=440:beep_factor=4:sample_rate=48000'],
  ...['-c:v', 'libx264', '-preset', 'veryfast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p', '-profile:v', 'high'],
  ...['-g', '60', '-keyint_min', '60', '-sc_threshold', '0', '-bf', '0', '-b:v', '2500k', '-maxrate', '2500k'],
  ...['-bufsize', '2500k', '-c:a', 'aac', '-b:a', '128k', '-ac', '2', '-f', 'flv'],
]

/**
 * Lets FFmpeg publish its test picture with a running clock and a tone, until the signal.
 * @returns 'missing' when there is no FFmpeg, 'ended' when it ended by itself, with what it said
 */
export async function publishByFfmpeg(
  ffmpeg: string,
  address: string,
  signal: AbortSignal,
): Promise<{ readonly how: 'missing' | 'ended' | 'stopped'; readonly said: string }> {
  if (signal.aborted) return { how: 'stopped', said: '' }
  const { promise, resolve } = Promise.withResolvers<'missing' | 'ended'>()
  const child = spawn(ffmpeg, [...ARGS, address], { stdio: ['ignore', 'ignore', 'pipe'] })
  const stop = (): void => void child.kill('SIGTERM')
  signal.addEventListener('abort', stop, { once: true })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-1000)
  })
  child.once('error', () => resolve('missing'))
  child.once('close', () => resolve('ended'))
  const how = await promise
  signal.removeEventListener('abort', stop)
  return { how: signal.aborted ? 'stopped' : how, said: said.trim() }
}
