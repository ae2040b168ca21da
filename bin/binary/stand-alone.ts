import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Libraries that every system with glibc has. */
const EVERYWHERE = /^(ld-linux.*|lib(c|m|dl|rt|pthread))\.so/

/** Checks that a program runs by itself. @throws Error with a sentence: it doesn't run, or needs libraries that other machines may lack */
export async function mustStandAlone(program: string): Promise<void> {
  const run = promisify(execFile)
  await run(program, ['-version']).catch((error: Error) => {
    throw new Error(`${program} does not run: ${error.message}`)
  })
  const { stdout } = await run('readelf', ['-d', program]).catch((error: Error) => {
    throw new Error(`${program} can't be looked at, which \`readelf\` (Debian: binutils) does: ${error.message}`)
  })
  const needed = [...stdout.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map((found) => found[1] ?? '')
  const missing = needed.filter((name) => !EVERYWHERE.test(name))
  if (missing.length > 0) {
    throw new Error(`${program} needs ${missing.join(', ')}; take a static build of FFmpeg, which needs no libraries`)
  }
}
