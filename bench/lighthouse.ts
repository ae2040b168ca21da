import { setTimeout as sleep } from 'node:timers/promises'
import lighthouse, { desktopConfig, type Flags } from 'lighthouse'
import { chromium } from 'playwright-core'
import { CHROMIUM, LEFT_OUT, QUIET_FLAGS } from '../test/light/chromium.ts'
import { Encoder } from '../test/light/encoder.ts'
import { freePorts, ServerProcess } from '../test/light/server-process.ts'
import { spread } from './measure/figures.ts'
import type { Measure } from './measure/frame.ts'

const CATEGORIES = ['performance', 'accessibility', 'best-practices', 'seo'] as const
const LEAST = 95
const PAGES = [
  ['home', '/'],
  ['watch', '/c/choir'],
] as const
const DEVICES = ['phone', 'desktop'] as const

/** What Lighthouse finds of home and watch page, on its cheap phone and on a desktop computer. In its short form nothing. */
export const measure: Measure = {
  name: 'lighthouse',
  about: 'home and watch page in Lighthouse: performance, accessibility, best practice, findability',
  minutes: 6,
  rounds: 3,
  async run(bench) {
    if (bench.short) return
    await using parts = new AsyncDisposableStack()
    const yaml = 'channels: [{ slug: choir, title: Evensong by candlelight }]\n'
    const server = parts.use(await ServerProcess.start({ name: 'Linden Valley', yaml }))
    parts.use(await Encoder.replay('gop2', server.publishUrl('choir')))
    await server.live('choir')
    await sleep(8000)
    for (const [page, path] of PAGES) {
      for (const device of DEVICES) {
        const rounds: Scores[] = []
        for (let round = 0; round < bench.rounds; round++) rounds.push(await look(server.url + path, device))
        for (const category of CATEGORIES) {
          // Bounds are upper ones: points that are missing to a hundred.
          const missing = spread(rounds.map(({ points }) => 100 - points[category]))
          bench.tell({
            name: `${page}, ${device}: points missing in ${category}`,
            unit: '',
            ours: missing,
            atMost: 100 - LEAST,
          })
        }
        const found = new Set(rounds.flatMap(({ faults }) => faults))
        if (found.size > 0) bench.note(`${page}, ${device}:\n${[...found].join('\n')}`)
      }
    }
  },
}

type Scores = {
  readonly points: Readonly<Record<(typeof CATEGORIES)[number], number>>
  /** What keeps it from a hundred. */
  readonly faults: readonly string[]
}

/** One visit, by a browser of its own: nothing is kept from the one before. */
async function look(url: string, device: (typeof DEVICES)[number]): Promise<Scores> {
  const [port = 0] = await freePorts(1)
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    headless: true,
    ignoreDefaultArgs: LEFT_OUT,
    args: [...QUIET_FLAGS, '--mute-audio', `--remote-debugging-port=${port}`],
  })
  try {
    const flags: Flags = { port, output: 'json', logLevel: 'error', onlyCategories: [...CATEGORIES] }
    const result = await lighthouse(url, flags, device === 'desktop' ? desktopConfig : undefined)
    if (result === undefined) throw new Error(`Lighthouse said nothing of ${url}`)
    const { categories, audits } = result.lhr
    const pointsOf = (name: string) => Math.round((categories[name]?.score ?? 0) * 100)
    const [performance, accessibility, practices, seo] = CATEGORIES.map(pointsOf)
    const points = { performance, accessibility, 'best-practices': practices, seo } as Scores['points']
    const weighty = Object.values(categories).flatMap(({ auditRefs }) => auditRefs.filter(({ weight }) => weight > 0))
    const faults = weighty.flatMap(({ id }) => {
      const audit = audits[id]
      if (audit === undefined || audit.score === null || audit.score >= 0.9) return []
      return [`${id} ${audit.displayValue ?? ''}: ${audit.title}`]
    })
    return { points, faults: [...new Set(faults)] }
  } finally {
    await browser.close()
  }
}
