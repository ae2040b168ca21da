import { randomBytes } from 'node:crypto'

/** Opaque, and by its letter a reader of a log sees of what. 96 random bits. */
export function newId(letter: string): string {
  return `${letter}_${randomBytes(12).toString('base64url')}`
}
