import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'

const VERSION = 'v1'
const NONCE_BYTES = 12
const TAG_BYTES = 16

type Key = { readonly id: string; readonly bytes: Uint8Array }

/**
 * Secrets at rest: AES-256-GCM (NIST SP 800-38D) under a key that lies elsewhere than the database. What is sealed says by
 * which key, so that a new one can be put in front while the old one still opens what it sealed.
 */
export class Vault {
  readonly #keys: readonly [Key, ...Key[]]

  /** @param secret seals @param older open what they sealed once */
  constructor(secret: Uint8Array, ...older: readonly Uint8Array[]) {
    this.#keys = [keyOf(secret), ...older.map(keyOf)]
  }

  /** @param use what it is; only under the same words it can be opened */
  seal(use: string, secret: string): string {
    const [key] = this.#keys
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', key.bytes, nonce, { authTagLength: TAG_BYTES })
    cipher.setAAD(Buffer.from(use))
    const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()])
    return [VERSION, key.id, nonce.toString('base64url'), sealed.toString('base64url')].join('.')
  }

  /** @returns undefined when it was sealed by a key that we don't have, for another use, or isn't whole */
  open(use: string, sealed: string): string | undefined {
    const [version, id, nonce = '', content = ''] = sealed.split('.')
    const key = this.#keys.find((each) => each.id === id)
    if (version !== VERSION || key === undefined) return undefined
    const bytes = Buffer.from(content, 'base64url')
    if (bytes.byteLength < TAG_BYTES) return undefined
    try {
      const iv = Buffer.from(nonce, 'base64url')
      const decipher = createDecipheriv('aes-256-gcm', key.bytes, iv, { authTagLength: TAG_BYTES })
      decipher.setAAD(Buffer.from(use)).setAuthTag(bytes.subarray(-TAG_BYTES))
      return Buffer.concat([decipher.update(bytes.subarray(0, -TAG_BYTES)), decipher.final()]).toString('utf8')
    } catch {
      return undefined
    }
  }
}

function keyOf(secret: Uint8Array): Key {
  const bytes = new Uint8Array(hkdfSync('sha256', secret, '', 'streamhost secrets at rest', 32))
  // Tells keys apart, and nothing of them.
  return { bytes, id: createHash('sha256').update('id').update(bytes).digest('base64url').slice(0, 8) }
}
