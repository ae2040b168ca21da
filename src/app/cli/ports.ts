import type { StartThread } from '../../base/threads.ts'
import type { LoadedConfig } from '../../config/load.ts'
import type { Config } from '../../config/schema.ts'
import type { ReloadReport } from '../../contract/reload.ts'

/** An address as it was bound: `::` or `0.0.0.0` is all of them. */
export type Bound = { readonly host: string; readonly port: number }

/** What browsers show of the certificate. */
export type CertificateInUse = {
  /** SHA-256. */
  readonly fingerprint: string
  readonly endsAtMs: number
  /** Made by the server itself: browsers warn. */
  readonly selfSigned: boolean
}

/** A server that is ready, for the people who started it. */
export type ReadyInfo = {
  readonly http: Bound
  readonly rtmp: Bound
  /** With HTTPS on. */
  readonly secure?: { readonly https: Bound; readonly rtmps: Bound; readonly certificate: CertificateInUse }
  /** What was made at this start and can be told only now. */
  readonly made: {
    readonly channels: readonly { readonly slug: string; readonly key: string }[]
    /** Only on the first run. */
    readonly adminToken: string | undefined
    /** While nobody has an account: where the first admin makes one, behind the server’s address. */
    readonly firstAdmin: string | undefined
  }
}

export type ServeOptions = {
  readonly source: ConfigSource
  /** Called once, when everything listens. */
  ready(info: ReadyInfo): Promise<void>
  /** Aborted: stop, and resolve when that is done. */
  readonly signal: AbortSignal
  /** Given when the server has the process for itself: an error that nobody caught ends it, with a report file and these words. */
  readonly onCrash?: { say(text: string): void; exit(status: number): void }
  /** How threads are started: some may have begun already. */
  readonly startThread?: StartThread
}

/** Where the configuration comes from, to read it again while the server runs. */
export type ConfigSource = {
  /** @throws ConfigError that names every mistake, one a line */
  load(): Promise<LoadedConfig>
  /** The file that was read; null: there was none. */
  readonly file: string | null
  /** Where a setting stands in it, as mistakes name it. */
  readonly where: LoadedConfig['where']
  /** The version of it that was read. */
  readonly version: string | null
  /** Called for each SIGHUP. @returns the undo */
  onSignal(listener: () => void): () => void
  /** Tells keys that were made while nobody waited for an answer. */
  tellKeys(made: ReloadReport['made']): Promise<void>
}

/** Runs the server until its signal; `src/app/server.ts` has it. @throws ConfigError for what the operator must change */
export type Serve = (config: Config, options: ServeOptions) => Promise<void>

/** An answer of the API. */
export type ApiAnswer = { readonly status: number; readonly json: unknown }

/** Calls the API as an admin. */
export type ApiRequest = (method: string, path: string, body?: unknown) => Promise<ApiAnswer>

/** Calls it without a server that runs, on the data directory. `src/app/offline.ts` has it. */
export type OpenOffline = (config: Config) => Promise<{ readonly request: ApiRequest; close(): Promise<void> }>

/** What a command needs of the world around it. */
export type World = {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly stdout: Output
  readonly stderr: Output
  /** Asks for what nobody else may see, or reads the first line of what is piped in. */
  readSecret(prompt: string): Promise<string>
  /** Loaded when they are needed: the command line must answer at once. */
  loadServe(): Promise<Serve>
  loadOffline(): Promise<OpenOffline>
}

export type Output = {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}
