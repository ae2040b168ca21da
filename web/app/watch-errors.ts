import { ErrorReports } from './page-errors.ts'

/** Tells the server of errors nobody caught, so that operators learn of a page that fails on other people's devices. */
export function watchErrors(): void {
  const reports = new ErrorReports()
  // Vite names the page's first script by its content: that is the version.
  const script = document.querySelector<HTMLScriptElement>('script[type="module"][src]')?.src ?? ''
  const version = /([^/]+)\.js$/.exec(script)?.[1] ?? ''
  const tell = (error: unknown): void => {
    const report = reports.take(error, location.pathname, version, performance.now())
    if (report === null) return
    navigator.sendBeacon?.('/api/v1/page-errors', new Blob([JSON.stringify(report)], { type: 'application/json' }))
  }
  addEventListener('error', ({ error, message }) => tell(error ?? message))
  addEventListener('unhandledrejection', ({ reason }) => tell(reason))
}
