import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { ConfigError, messageOf } from '../base/errors.ts'
import { replaceFile } from '../base/replace-file.ts'
import { makeDataDirectory, unwritable } from './data-directory.ts'
import { AdminAccess, makeAdminToken, tokenHash } from './sign-in/admin-access.ts'

const FILE = 'secrets.json'

const SecretsFile = z.strictObject({
  version: z.literal(1),
  /** 256 random bits under which stream keys are digested. */
  keySecret: z.string().regex(/^[0-9a-f]{64}$/),
  adminTokenHash: z.string().regex(/^[0-9a-f]{64}$/),
  /** Somebody was shown the admin token. Until then each start makes another: one that nobody saw is lost. */
  adminTokenTold: z.boolean().default(true),
})
type SecretsFile = z.infer<typeof SecretsFile>

/** What this server must know and nobody else may. */
export type Secrets = {
  /** For `Channels`. */
  readonly keySecret: Uint8Array
  readonly admin: AdminAccess
  /** Made on this very start: to be shown once, kept nowhere. */
  readonly newAdminToken: string | undefined
  /** It was shown. */
  told(): Promise<void>
}

/**
 * Reads `<dataDir>/secrets.json`; on the first run makes the directory (mode 0700) and the file (mode 0600).
 * @throws ConfigError when the directory can't be written or the file isn't what we wrote
 */
export async function loadSecrets(dataDir: string): Promise<Secrets> {
  const path = join(dataDir, FILE)
  const kept = await read(path)
  if (kept?.adminTokenTold === true) return secretsOf(path, kept, undefined)
  const token = makeAdminToken()
  const keySecret = kept?.keySecret ?? randomBytes(32).toString('hex')
  const made: SecretsFile = { version: 1, keySecret, adminTokenHash: tokenHash(token), adminTokenTold: false }
  await write(path, made)
  return secretsOf(path, made, token)
}

function secretsOf(path: string, file: SecretsFile, newAdminToken: string | undefined): Secrets {
  let current = file
  const keep = (change: Partial<SecretsFile>): Promise<void> => {
    current = { ...current, ...change, adminTokenTold: true }
    return write(path, current)
  }
  return {
    keySecret: Buffer.from(file.keySecret, 'hex'),
    admin: new AdminAccess(file.adminTokenHash, (adminTokenHash) => keep({ adminTokenHash })),
    newAdminToken,
    told: () => keep({}),
  }
}

async function read(path: string): Promise<SecretsFile | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined
    throw new ConfigError(`${path} can't be read (${messageOf(error)}): give this user the right to read it`, {
      cause: error,
    })
  }
  // Neither the text nor the parser's words may show: they would carry the secrets into a log.
  const damaged = `${path} is damaged: restore it from a backup. Without it every stream key must be made anew: move it away, start, and rotate the keys`
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new ConfigError(damaged)
  }
  const parsed = SecretsFile.safeParse(json)
  if (!parsed.success) throw new ConfigError(damaged)
  return parsed.data
}

async function write(path: string, file: SecretsFile): Promise<void> {
  await makeDataDirectory(dirname(path))
  try {
    await replaceFile(path, `${JSON.stringify(file, null, 2)}\n`)
  } catch (error) {
    throw unwritable(dirname(path), error)
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
