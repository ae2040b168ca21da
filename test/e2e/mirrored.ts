import type { Page } from 'playwright-core'

/**
 * What is wrong with a page that is read from right to left: its direction, sideways scrolling, words of ours that are
 * cut off, and parts that lie outside the window. What people wrote may end in an ellipsis: it says so by `dir="auto"`.
 */
export function mirrorFaults(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`(() => {
    const root = document.documentElement
    const faults = []
    if (getComputedStyle(root).direction !== 'rtl') faults.push('the page runs from left to right')
    if (root.scrollWidth > root.clientWidth) faults.push('the page scrolls sideways')
    const name = (element) => element.tagName.toLowerCase() + '.' + element.className + ' ' + element.textContent.trim().slice(0, 40)
    for (const element of document.querySelectorAll('body *')) {
      const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== '')
      const style = getComputedStyle(element)
      if (!own || element.closest('.sr, .skip, [hidden], [dir="auto"], dialog:not([open])') !== null) continue
      if (style.visibility === 'hidden' || element.getClientRects().length === 0) continue
      const clips = style.overflowX !== 'visible'
      if (clips && element.scrollWidth > element.clientWidth + 1) faults.push('cut off: ' + name(element))
      if (clips && element.scrollHeight > element.clientHeight + 2) faults.push('cut off below: ' + name(element))
      const box = element.getBoundingClientRect()
      // A row that scrolls by itself may be longer than the window.
      let row = element.parentElement
      while (row !== null && !['auto', 'scroll'].includes(getComputedStyle(row).overflowX)) row = row.parentElement
      if (row !== null) continue
      if (box.left < -1 || box.right > root.clientWidth + 1) faults.push('outside the window: ' + name(element))
    }
    // Time runs from left to right whatever the language.
    for (const element of document.querySelectorAll('.ctl')) {
      if (getComputedStyle(element).direction !== 'ltr') faults.push('the player’s controls are turned')
    }
    return faults
  })()`)
}
