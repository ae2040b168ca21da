import { plural } from '../plural.ts'

export const viewers = {
  watching: (count: number) => plural(count, { other: '# watching' }),
  people: ' people watching',
}
