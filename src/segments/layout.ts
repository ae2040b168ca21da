import { join } from 'node:path'
import { NAME } from './journal-record.ts'

/**
 * The names of the store's files:
 *
 * ```
 * <dataDir>/segments/<channel>/<broadcast>/000001.journal       what is in the volume
 *                                          000001.source.m4s    its media, a file a rendition
 * <dataDir>/set-aside/…                                         what was found and not understood
 * ```
 */
export const FOLDER = 'segments'
export const SET_ASIDE = 'set-aside'

/** A volume of a broadcast. Its files lie and go together. */
export type VolumeName = { readonly channel: string; readonly broadcast: string; readonly number: number }

const JOURNAL = /^(\d{6,9})\.journal$/
const MEDIA = /^(\d{6,9})\.([A-Za-z0-9][A-Za-z0-9_-]{0,63})\.m4s$/

export const channelFolder = (root: string, channel: string): string => join(root, checked(channel))

export const broadcastFolder = (root: string, { channel, broadcast }: Omit<VolumeName, 'number'>): string =>
  join(channelFolder(root, channel), checked(broadcast))

export const journalPath = (root: string, volume: VolumeName): string =>
  join(broadcastFolder(root, volume), `${digits(volume.number)}.journal`)

export const mediaPath = (root: string, volume: VolumeName, rendition: string): string =>
  join(broadcastFolder(root, volume), `${digits(volume.number)}.${checked(rendition)}.m4s`)

/** What a file of a broadcast's folder is; undefined: none of ours. */
export function volumeFile(
  name: string,
): { readonly number: number; readonly rendition: string | undefined } | undefined {
  const journal = JOURNAL.exec(name)
  if (journal !== null) return { number: Number(journal[1]), rendition: undefined }
  const media = MEDIA.exec(name)
  return media === null ? undefined : { number: Number(media[1]), rendition: media[2] }
}

const digits = (number: number): string => String(number).padStart(6, '0')

/** What becomes part of a path is looked at once more, wherever it came from. */
function checked(name: string): string {
  if (!NAME.test(name)) throw new Error(`${JSON.stringify(name)} can't be the name of a file`)
  return name
}
