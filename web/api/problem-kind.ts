/** The last part of a problem's `type`, `/api/docs#problem-limit`: `limit`. Empty: there is none. */
export function problemKind(type: string | undefined): string {
  return (/[a-z-]+$/.exec(type ?? '')?.[0] ?? '').replace(/^problem-/, '')
}
