import type { Letter } from '../accounts/people/mail.ts'

/** A letter in words. @param site `server.name` */
export type Words = (letter: Letter, site: string) => { readonly subject: string; readonly lines: readonly string[] }
