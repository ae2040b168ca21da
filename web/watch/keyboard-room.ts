/**
 * Where a keyboard lies over the page instead of making it smaller (Safari), the page is told how much is covered, so that
 * the field stays above it and the picture where it is. @returns ends it
 */
export function aboveKeyboard(): () => void {
  const view = window.visualViewport
  if (view == null) return () => {}
  const root = document.documentElement
  const abort = new AbortController()
  const look = () => {
    const covered = view.scale > 1.01 ? 0 : Math.max(0, Math.round(innerHeight - view.height))
    root.style.setProperty('--keyboard', covered > 80 ? `${covered}px` : '0px')
    root.classList.toggle('typing', covered > 80)
    if (covered > 80 && scrollY > 0) scrollTo(0, 0)
  }
  view.addEventListener('resize', look, { signal: abort.signal })
  return () => {
    abort.abort()
    root.style.removeProperty('--keyboard')
    root.classList.remove('typing')
  }
}
