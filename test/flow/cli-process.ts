import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { COMPILED, PROGRAM } from '../light/server-process.ts'

export type Program = {
  readonly file: string
  readonly cwd: string
}

/** The program as a person starts it, without a terminal. */
export class CliProcess implements AsyncDisposable {
  readonly child: ChildProcess
  stdout = ''
  stderr = ''
  readonly #closed: Promise<unknown>

  /** @param program another one than the source in this repository; its environment has nothing but `env` */
  constructor(args: readonly string[], env: Readonly<Record<string, string>>, program?: Program) {
    const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe']
    this.child =
      program === undefined
        ? spawn(process.execPath, ['--disable-warning=ExperimentalWarning', PROGRAM, ...args], {
            env: { ...process.env, NODE_COMPILE_CACHE: COMPILED, ...env },
            stdio,
          })
        : spawn(program.file, args, { env, stdio, cwd: program.cwd })
    this.child.stdout?.setEncoding('utf8').on('data', (text) => {
      this.stdout += text
    })
    this.child.stderr?.setEncoding('utf8').on('data', (text) => {
      this.stderr += text
    })
    this.#closed = once(this.child, 'close')
  }

  /** Waits for words on stdout. @throws Error with all that was said when the program ends before */
  async said(words: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = words.exec(this.stdout)
      if (found) return found
      if (this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`it ended without saying ${words}:\n${this.stdout}${this.stderr}`)
      }
      await Promise.race([this.#closed, once(this.child.stdout ?? this.child, 'data')])
    }
  }

  /** Waits for its end. */
  async ended(): Promise<{ status: number | null; stdout: string; stderr: string }> {
    await this.#closed
    return { status: this.child.exitCode, stdout: this.stdout, stderr: this.stderr }
  }

  async stop(): Promise<number | null> {
    this.child.kill('SIGTERM')
    return (await this.ended()).status
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL')
    await this.#closed
  }
}
