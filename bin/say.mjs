/** What the launchers say goes to stderr: stdout belongs to the program they start. */
export function say(sentence) {
  process.stderr.write(`${sentence}\n`)
}

/** A launcher cannot go on; the message says what to do. Never shown with a stack trace. */
export class LaunchError extends Error {}

/** Runs a launcher: its answer is the exit status, an expected failure is a sentence and status 1. */
export async function launch(main) {
  try {
    process.exitCode = await main()
  } catch (error) {
    if (!(error instanceof LaunchError)) throw error
    say(error.message)
    process.exitCode = 1
  }
}
