import { readdir, readFile, readlink } from 'node:fs/promises'

/** Linux's state of a socket that listens, in /proc/net/tcp. */
const LISTENS = '0A'

/** Who listens on a port, as words: "nginx (process 812)". @returns undefined: the system doesn't say, or not to this user */
export async function holderOf(port: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined
  const inodes = new Set<string>()
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const lines = await readFile(table, 'utf8').catch(() => '')
    for (const inode of listeners(lines, port)) inodes.add(inode)
  }
  if (inodes.size === 0) return undefined
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const folder = `/proc/${pid}/fd`
    for (const descriptor of await readdir(folder).catch(() => [])) {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(await readlink(`${folder}/${descriptor}`).catch(() => '')) ?? []
      if (inode === undefined || !inodes.has(inode)) continue
      const name = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim()
      return name === '' ? `process ${pid}` : `${name} (process ${pid})`
    }
  }
  return undefined
}

/** Inodes of the sockets that listen on a port: lines of proc(5) "net/tcp", local address second, state fourth, inode tenth. */
export function listeners(table: string, port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  return table.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/)
    const inode = fields[9]
    return fields[1]?.endsWith(`:${hex}`) && fields[3] === LISTENS && inode !== undefined ? [inode] : []
  })
}
