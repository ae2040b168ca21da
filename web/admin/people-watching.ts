import type { Status } from '../../src/contract/insight.ts'
import { call } from '../api/client.ts'
import type { ChartData, Line } from '../insight/chart.ts'
import { count } from '../words/format.ts'

/** So many channels have a line of their own. */
const MOST_LINES = 4
const COLOURS = ['--data-1', '--data-2', '--data-3', '--data-4'] as const
const windowSeconds = 5 * 60

type Course = { readonly title: string; readonly values: Map<number, number> }

/** How many watch each channel over the last minutes: the server's samples to begin with, then each new status. */
export class PeopleWatching {
  readonly #courses = new Map<string, Course>()
  #now = 0

  async follow(status: Status): Promise<void> {
    this.#now = second(status.now)
    const slugs = new Set(status.channels.map(({ slug }) => slug))
    for (const slug of this.#courses.keys()) if (!slugs.has(slug)) this.#courses.delete(slug)
    for (const { slug, title, viewers } of status.channels) {
      let course = this.#courses.get(slug)
      if (course === undefined) {
        course = { title, values: new Map() }
        this.#courses.set(slug, course)
        const { samples } = await call('GET /api/v1/channels/:slug/ingest', { params: { slug } })
        for (const sample of samples) course.values.set(second(sample.at), sample.viewers)
      }
      course.values.set(this.#now, viewers)
      for (const time of course.values.keys()) if (time < this.#now - windowSeconds) course.values.delete(time)
    }
  }

  data(): ChartData {
    const courses = [...this.#courses.values()].toSorted((a, b) => newest(b) - newest(a)).slice(0, MOST_LINES)
    const times = [...new Set(courses.flatMap(({ values }) => [...values.keys()]))].toSorted((a, b) => a - b)
    const lines = courses.map(({ title, values }, at): Line => {
      let last: number | null = null
      const filled = times.map((time) => {
        last = values.get(time) ?? last
        return last
      })
      return { name: title, colour: COLOURS[at] ?? '--data-4', values: filled, area: true }
    })
    return { times, lines, show: (value) => (Number.isInteger(value) ? count(value) : ''), from: 0 }
  }
}

const second = (iso: string): number => Math.round(Date.parse(iso) / 1000)
const newest = ({ values }: Course): number => [...values.values()].at(-1) ?? 0
