import { join } from 'node:path'
import { connect } from 'node:tls'
import { messageOf } from '../../../base/errors.ts'
import { acmeDomains, type Config } from '../../../config/schema.ts'
import { readFiles } from '../../../tls/certificate-files.ts'
import { readPair } from '../../../tls/kept-pair.ts'
import { isFor, type Pair } from '../../../tls/pair.ts'
import type { Finding } from './finding.ts'
import type { RunningServer } from './running-server.ts'

const DAY_MS = 86_400_000
/** An authority's certificate is renewed a month before its end; one of files may be forgotten. */
const SOON_DAYS = 14
const HANDSHAKE_MS = 5000
const ABOUT = 'certificate'

type Seen = { readonly names: readonly string[]; readonly endsAtMs: number; readonly isForName: boolean | undefined }

/** The certificate that is served, or would be: its names, and how long it lasts. */
export async function lookAtCertificate(config: Config, server: RunningServer | undefined): Promise<Finding[]> {
  const { https, publicUrl } = config.server
  if (https.mode === 'off') {
    const proxied = publicUrl?.startsWith('https:') === true
    const found = proxied ? 'none here; what server.publicUrl names has one' : 'none: HTTPS is off'
    const todo = 'Passwords go over the network as they are, and low latency on iPhones needs it: see server.https.'
    return [proxied ? { about: ABOUT, state: 'good', found } : { about: ABOUT, state: 'note', found, todo }]
  }
  const name = publicUrl?.startsWith('https:') ? new URL(publicUrl).hostname : undefined
  try {
    const port = server?.ports.https
    const seen = port == null ? await kept(config, name) : await served(port, name)
    return [seen === undefined ? notYet(config) : about(seen, https.mode, name), ...acme(config)]
  } catch (error) {
    return [{ about: ABOUT, state: 'broken', found: messageOf(error) }]
  }
}

function notYet({ server }: Config): Finding {
  const found =
    server.https.mode === 'acme'
      ? 'none yet; the authority is asked when the server runs'
      : 'none yet; the first start makes it'
  return { about: ABOUT, state: 'good', found }
}

function about({ names, endsAtMs, isForName }: Seen, mode: string, name: string | undefined): Finding {
  const days = Math.floor((endsAtMs - Date.now()) / DAY_MS)
  const found = `for ${names.join(', ') || 'no name at all'}, ${days < 0 ? 'ended' : `${days} days left`}${mode === 'self-signed' ? ', made by the server itself: browsers warn' : ''}`
  if (days < 0) return { about: ABOUT, state: 'broken', found, todo: renewal(mode) }
  if (isForName === false) {
    const todo = `Browsers refuse it at ${name} of server.publicUrl: use one that has that name.`
    return { about: ABOUT, state: 'broken', found, todo }
  }
  if (days < SOON_DAYS && mode !== 'self-signed') return { about: ABOUT, state: 'note', found, todo: renewal(mode) }
  return { about: ABOUT, state: 'good', found }
}

function renewal(mode: string): string {
  if (mode === 'files') return 'Renew it; the server reads the files anew by itself.'
  if (mode === 'acme') return 'The server renews it when the authority can reach it: its log says what is in the way.'
  return 'The server makes another one at its next start.'
}

/** What the schema can't know: whether the authority can come in. */
function acme({ server }: Config): Finding[] {
  const { mode, port, acme } = server.https
  if (mode !== 'acme') return []
  const at = 'ACME'
  const found = `${acmeDomains(server).join(', ')} by ${new URL(acme.directory).host}`
  const http = server.http.port === 80
  const tls = port === 443
  const reachable = { auto: http || tls, 'http-01': http, 'tls-alpn-01': tls }[acme.challenge]
  if (reachable) return [{ about: at, state: 'good', found }]
  const wanted = { auto: 'port 80 or 443', 'http-01': 'port 80', 'tls-alpn-01': 'port 443' }[acme.challenge]
  const todo = `The authority comes to ${wanted} of each name: forward it to ${acme.challenge === 'tls-alpn-01' ? port : server.http.port}, or listen there.`
  return [{ about: at, state: 'note', found, todo }]
}

/** Without a server: the pair that one would begin with. @throws ConfigError for files that can't be used */
async function kept({ server, storage }: Config, name: string | undefined): Promise<Seen | undefined> {
  const { mode, cert = '', key = '', acme } = server.https
  const pair =
    mode === 'files'
      ? await readFiles({ cert, key })
      : mode === 'self-signed'
        ? await readPair(join(storage.dataDir, 'tls', 'self-signed.pem'))
        : await readPair(join(storage.dataDir, 'tls', 'acme', new URL(acme.directory).host, 'certificate.pem'))
  return pair === undefined ? undefined : seen(pair, name)
}

const seen = (pair: Pair, name: string | undefined): Seen => ({
  ...{ names: pair.names, endsAtMs: pair.endsAtMs },
  isForName: name === undefined ? undefined : isFor(pair, name),
})

/** As a browser on this machine sees it. @throws Error when there is no handshake */
async function served(port: number, name: string | undefined): Promise<Seen> {
  const { promise, resolve, reject } = Promise.withResolvers<Seen>()
  // What is looked at is the certificate: whether this machine trusts it is another matter.
  const socket = connect({ host: 'localhost', port, servername: name ?? 'localhost', rejectUnauthorized: false })
  socket.setTimeout(HANDSHAKE_MS, () => socket.destroy(new Error('there is no answer')))
  socket.once('error', (error) => reject(new Error(`HTTPS on port ${port} does not answer: ${error.message}`)))
  socket.once('secureConnect', () => {
    const leaf = socket.getPeerX509Certificate()
    if (leaf === undefined) return reject(new Error(`HTTPS on port ${port} has no certificate`))
    const names = (leaf.subjectAltName ?? '').split(', ').map((entry) => entry.replace(/^(DNS|IP Address):/, ''))
    const isForName =
      name === undefined ? undefined : leaf.checkHost(name) !== undefined || leaf.checkIP(name) !== undefined
    resolve({ names, endsAtMs: leaf.validToDate.getTime(), isForName })
  })
  try {
    return await promise
  } finally {
    socket.destroy()
  }
}
