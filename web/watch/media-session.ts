type Acts = {
  readonly play: () => void
  readonly pause: () => void
  readonly seek: (seconds: number) => void
  readonly live: () => void
}

/** What the keys of a keyboard, a headset and the lock screen do. @returns takes them back */
export function offerMediaKeys(acts: Acts): () => void {
  const { mediaSession } = navigator
  if (mediaSession === undefined) return () => undefined
  const handlers: [MediaSessionAction, MediaSessionActionHandler][] = [
    ['play', acts.play],
    ['pause', acts.pause],
    ['seekbackward', ({ seekOffset }) => acts.seek(-(seekOffset ?? 10))],
    ['seekforward', ({ seekOffset }) => acts.seek(seekOffset ?? 10)],
    // A live broadcast has no next track: what comes next is now.
    ['nexttrack', acts.live],
  ]
  const set = (action: MediaSessionAction, handler: MediaSessionActionHandler | null): void => {
    try {
      mediaSession.setActionHandler(action, handler)
    } catch {
      // A browser that doesn't know this action shows no key for it.
    }
  }
  for (const [action, handler] of handlers) set(action, handler)
  return () => {
    for (const [action] of handlers) set(action, null)
    mediaSession.metadata = null
    mediaSession.playbackState = 'none'
  }
}

/** What the lock screen says. @param poster address of a picture, or null */
export function nameMedia(title: string, artist: string, poster: string | null): void {
  if (!('mediaSession' in navigator)) return
  const artwork = poster === null ? [{ src: '/favicon.svg', type: 'image/svg+xml' }] : [{ src: poster }]
  navigator.mediaSession.metadata = new MediaMetadata({ title, artist, artwork })
}
