import type { viewers as en } from '../en/viewers.ts'
import { plural } from '../plural.ts'

export const viewers: typeof en = {
  watching: (count) => plural(count, { one: '# sieht zu', other: '# sehen zu' }),
  people: ' sehen zu',
}
