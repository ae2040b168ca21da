import { createPrivateKey, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { createSecureContext } from 'node:tls'
import { messageOf } from '../base/errors.ts'

/** A certificate chain and its key in PEM, looked through: OpenSSL takes them. */
export type Pair = {
  readonly cert: string
  readonly key: string
  /** DNS names and IP addresses that it is for. */
  readonly names: readonly string[]
  readonly startsAtMs: number
  readonly endsAtMs: number
  /** SHA-256, as browsers show it. */
  readonly fingerprint: string
  /** Nobody vouches for it: browsers warn. */
  readonly selfSigned: boolean
  readonly leaf: X509Certificate
}

/** What is wrong with a certificate or its key, as the end of a sentence. */
export class PairError extends Error {
  override readonly name = 'PairError'
  readonly of: 'cert' | 'key'
  constructor(of: 'cert' | 'key', message: string, options?: ErrorOptions) {
    super(message, options)
    this.of = of
  }
}

/** @throws PairError that says which of the two is wrong, and how */
export function pairOf(cert: string, key: string): Pair {
  const leaf = certificateIn(cert)
  const privateKey = keyIn(key)
  if (!leaf.checkPrivateKey(privateKey)) {
    throw new PairError(
      'key',
      'does not belong to the certificate (the chain must begin with the server’s own certificate)',
    )
  }
  try {
    createSecureContext({ cert, key })
  } catch (error) {
    throw new PairError('cert', `is not accepted by OpenSSL: ${messageOf(error)}`, { cause: error })
  }
  return {
    ...{ cert, key, leaf, names: namesOf(leaf), fingerprint: leaf.fingerprint256 },
    // Not `checkIssued`, which wants a certificate that may sign others.
    selfSigned: leaf.issuer === leaf.subject && leaf.verify(leaf.publicKey),
    startsAtMs: leaf.validFromDate.getTime(),
    endsAtMs: leaf.validToDate.getTime(),
  }
}

/** Whether browsers take it for this host name or address. */
export function isFor({ leaf }: Pair, host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  return (isIP(bare) === 0 ? leaf.checkHost(bare) : leaf.checkIP(bare)) !== undefined
}

function certificateIn(pem: string): X509Certificate {
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw new PairError('cert', 'has no certificate in PEM in it')
  try {
    return new X509Certificate(pem)
  } catch (error) {
    throw new PairError('cert', `has a damaged certificate in it: ${messageOf(error)}`, { cause: error })
  }
}

function keyIn(pem: string): ReturnType<typeof createPrivateKey> {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) throw new PairError('key', 'has no private key in PEM in it')
  if (/ENCRYPTED/.test(pem)) {
    throw new PairError('key', 'is locked with a passphrase: `openssl pkey -in KEY -out NEW` makes one that is not')
  }
  try {
    return createPrivateKey(pem)
  } catch {
    // OpenSSL's own words may carry parts of the key.
    throw new PairError('key', 'has a damaged private key in it')
  }
}

function namesOf(leaf: X509Certificate): string[] {
  const found = (leaf.subjectAltName ?? '').matchAll(/(?:DNS|IP Address):("(?:[^"\\]|\\.)*"|[^,]+)/g)
  return [...found].map(([, name = '']) => name.trim())
}
