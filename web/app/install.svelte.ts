/** Chromium's; not in any standard. */
type InstallPrompt = Event & { prompt(): Promise<{ outcome: 'accepted' | 'dismissed' }> }

/** How the page can become an app on this device. `insecure`: the operator must serve it by HTTPS first. */
export type InstallWay = 'installed' | 'prompt' | 'ios' | 'insecure' | 'browser'

let prompt = $state.raw<InstallPrompt | null>(null)
let installed = $state(false)

export const install = {
  get way(): InstallWay {
    if (installed) return 'installed'
    if (!isSecureContext) return 'insecure'
    if (prompt !== null) return 'prompt'
    return isIos() ? 'ios' : 'browser'
  },
}

/** Early: the browser offers it once, soon after loading. */
export function startInstall(): void {
  installed =
    matchMedia('(display-mode: standalone)').matches || ('standalone' in navigator && navigator.standalone === true)
  addEventListener('beforeinstallprompt', (event) => {
    // No pop-up of the browser's own: the page has its place for it.
    event.preventDefault()
    prompt = event as InstallPrompt
  })
  addEventListener('appinstalled', () => {
    installed = true
    prompt = null
  })
}

export async function askInstall(): Promise<void> {
  const asked = prompt
  prompt = null
  const { outcome } = (await asked?.prompt()) ?? { outcome: 'dismissed' }
  installed ||= outcome === 'accepted'
}

/** iPads say they are Macs, but no Mac has a touch screen. */
function isIos(): boolean {
  const { userAgent, maxTouchPoints } = navigator
  return /iPhone|iPad|iPod/.test(userAgent) || (userAgent.includes('Macintosh') && maxTouchPoints > 1)
}
