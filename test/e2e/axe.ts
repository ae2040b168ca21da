import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'

let axe: Promise<string> | null = null

/** What axe (WCAG 2.0 to 2.2, A and AA, and best practice) and a look at the width find. */
export async function faults(page: Page): Promise<string[]> {
  axe ??= readFile(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
  // Half a megabyte of script: once for each document.
  if (!(await page.evaluate<boolean>(`typeof axe === 'object'`))) await page.evaluate(await axe)
  const found = await page.evaluate<
    { id: string; nodes: { target: string[]; failureSummary: string }[] }[]
  >(`(async () => {
    await Promise.all(document.getAnimations().map((one) => one.effect.getTiming().iterations === Infinity ? null : one.finished.catch(() => null)))
    const { violations } = await axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
    return violations
  })()`)
  const wide = await page.evaluate<boolean>(
    'document.documentElement.scrollWidth > document.documentElement.clientWidth',
  )
  const faults = found.map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join('; ')}`,
  )
  return wide ? [...faults, 'the page scrolls sideways'] : faults
}
