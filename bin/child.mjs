import { spawn } from 'node:child_process'
import { constants } from 'node:os'

/** How much of a quiet program's output is kept, in case it fails. */
const MAX_OUTPUT = 1 << 20

/** Runs a program without showing what it says. Answers its exit status and what it said. */
export function runQuietly(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    const keep = (chunk) => {
      output = (output + chunk).slice(-MAX_OUTPUT)
    }
    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    child.once('error', (error) => resolve({ status: 127, output: error.message, error }))
    child.once('close', (status, signal) => resolve({ status: status ?? signalStatus(signal), output }))
  })
}

/** Runs a program in this one's place: same terminal, signals passed on. Answers its exit status. */
export function runInstead(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', ...options })
    const pass = (signal) => {
      // On a terminal Ctrl+C reaches every process of the group by itself; twice would mean "at once".
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    }
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    for (const signal of signals) process.on(signal, pass)
    const orphaned = process.env.npm_lifecycle_event ? onOrphaned(() => child.kill('SIGTERM')) : undefined
    child.once('error', reject)
    child.once('exit', (status, signal) => {
      for (const name of signals) process.off(name, pass)
      clearInterval(orphaned)
      resolve(status ?? signalStatus(signal))
    })
  })
}

/** npm was killed and could not pass that on: what it started must not go on unseen, holding ports and files. */
function onOrphaned(act) {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    act()
  }, 500)
  return timer.unref()
}

/** As a shell answers for a program that a signal ended. */
function signalStatus(signal) {
  return 128 + (constants.signals[signal] ?? 0)
}
