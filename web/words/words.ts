import { en } from './en.ts'

/** The catalogue in use. Other languages satisfy the same type and are chosen here. */
export type Words = typeof en

export const words: Words = en
