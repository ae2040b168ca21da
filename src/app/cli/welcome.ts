import { isIPv6 } from 'node:net'
import type { NetworkInterfaceInfo } from 'node:os'
import { COMMAND } from '../../base/single-file.ts'
import type { Bound, CertificateInUse, ReadyInfo } from './ports.ts'
import { qrLines } from './qr.ts'

/** The addresses under which people reach a server. */
export type Addresses = {
  /** Where encoders send to: `rtmp://192.168.1.20:1935/live` */
  readonly rtmp: string
  /** The web app, without a slash at the end. */
  readonly web: string
  /** The same as `rtmp` over TLS. */
  readonly rtmps?: string
}

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>

/** @param publicUrl `server.publicUrl`, which goes before what this machine knows of itself */
export function addressesOf(
  { http, rtmp, secure }: ReadyInfo,
  publicUrl: string | undefined,
  interfaces: Interfaces,
): Addresses {
  const outside = publicUrl === undefined || isLoopback(rtmp.host) ? undefined : new URL(publicUrl).hostname
  return {
    rtmp: `rtmp://${outside ?? hostOf(rtmp, interfaces)}:${rtmp.port}/live`,
    web: publicUrl ?? webAddress(http, secure?.https, interfaces),
    ...(secure !== undefined && {
      rtmps: `rtmps://${outside ?? hostOf(secure.rtmps, interfaces)}:${secure.rtmps.port}/live`,
    }),
  }
}

/** What the terminal shows when the server is ready; what was made at this start included. */
export function welcome(
  info: ReadyInfo,
  addresses: Addresses,
  terminal: { readonly columns: number; readonly color: boolean },
): string {
  const lines = ['', 'StreamHost is ready.', '', ...addressRows(info, addresses), ...secretRows(info)]
  const first = info.made.channels[0]
  if (first) {
    const url = `${addresses.rtmp}/${first.key}`
    lines.push('', '  For phones, server and key in one:', `  ${url}`)
    const { lines: code, width } = qrLines(url)
    if (terminal.color && width + 2 <= terminal.columns) lines.push('', ...code.map((line) => `  ${line}`))
    lines.push('', `  The key is shown this once. For a new one: ${COMMAND} channel rotate-key ${first.slug}`)
  }
  if (info.made.adminToken !== undefined) {
    lines.push('', row('Admin', `${addresses.web}/sign-in`), row('Admin token', info.made.adminToken))
    lines.push(`  Shown this once, too. For a new one: ${COMMAND} token`)
  }
  if (info.made.firstAdmin !== undefined) lines.push('', ...firstAdminRows(info.made.firstAdmin, addresses))
  return `${lines.join('\n')}\n\n`
}

/** What is said where nobody looks: the addresses, and which file has what was made. */
export function plainWelcome(info: ReadyInfo, addresses: Addresses, secretsFile: string | undefined): string {
  const lines = ['StreamHost is ready.', ...addressRows(info, addresses)]
  if (secretsFile !== undefined)
    lines.push(
      row(
        info.made.channels.length > 0 ? 'Stream key' : 'Admin token',
        `in ${secretsFile}, which only this user can read`,
      ),
    )
  return `${lines.join('\n')}\n`
}

/** The file for what was made at this start, when there is no terminal to show it on. */
export function secretsText(info: ReadyInfo, addresses: Addresses): string {
  const lines = [...addressRows(info, addresses), ...secretRows(info)]
  for (const { key } of info.made.channels.slice(0, 1)) lines.push(row('In one', `${addresses.rtmp}/${key}`))
  if (info.made.adminToken !== undefined) lines.push(row('Admin token', info.made.adminToken))
  if (info.made.firstAdmin !== undefined) lines.push(...firstAdminRows(info.made.firstAdmin, addresses))
  return `${lines.join('\n')}\n`
}

export function hasSecrets(info: ReadyInfo): boolean {
  return info.made.channels.length > 0 || info.made.adminToken !== undefined || info.made.firstAdmin !== undefined
}

/** The token is for programs: a person has an account of their own. */
function firstAdminRows(path: string, { web }: Addresses): string[] {
  return [row('Your account', `${web}${path}`), '  Good once, within a week: it makes you the first admin.']
}

function addressRows({ made, secure }: ReadyInfo, { rtmp, rtmps, web }: Addresses): string[] {
  const pages = made.channels.length > 0 ? made.channels.map(({ slug }) => `${web}/c/${slug}`) : [`${web}/`]
  return [
    ...pages.map((page) => row('Watch', page)),
    row('Server', rtmp),
    ...(rtmps === undefined ? [] : [row('Encrypted', rtmps)]),
    ...(secure?.certificate.selfSigned === true ? certificateRows(secure.certificate) : []),
  ]
}

/** Whoever is warned by the browser can compare. */
function certificateRows({ fingerprint }: CertificateInUse): string[] {
  return [
    row('Certificate', 'made by this server: browsers warn once, and show this as its SHA-256:'),
    `    ${fingerprint.slice(0, 48)}`,
    `    ${fingerprint.slice(48)}`,
  ]
}

function webAddress(http: Bound, https: Bound | undefined, interfaces: Interfaces): string {
  if (https === undefined) return `http://${hostOf(http, interfaces)}:${http.port}`
  return `https://${hostOf(https, interfaces)}${https.port === 443 ? '' : `:${https.port}`}`
}

function secretRows({ made }: ReadyInfo): string[] {
  if (made.channels.length === 0) return []
  const single = made.channels.length === 1
  const keys = made.channels.map(({ slug, key }) => row('Stream key', single ? key : `${key}   (${slug})`))
  return [...keys, '  In OBS: Settings, Stream, service "Custom…", then this server and this key.']
}

function row(name: string, value: string): string {
  return `  ${name.padEnd(12)} ${value}`
}

/** A name for what was bound: for all addresses the one in the local network, as phones and encoders need it. */
function hostOf({ host }: Bound, interfaces: Interfaces): string {
  if (host === '::' || host === '0.0.0.0') return localAddress(interfaces) ?? 'localhost'
  return isIPv6(host) ? `[${host}]` : host
}

function localAddress(interfaces: Interfaces): string | undefined {
  return (
    Object.entries(interfaces)
      // Bridges of containers and virtual machines lead nowhere that a phone is.
      .filter(([name]) => !/^(docker|br-|veth|virbr|vmnet|tun|tap)/.test(name))
      .flatMap(([, addresses]) => addresses ?? [])
      .find(({ family, internal, address }) => family === 'IPv4' && !internal && !address.startsWith('169.254.'))
      ?.address
  )
}

function isLoopback(host: string): boolean {
  return host === '::1' || host.startsWith('127.')
}
