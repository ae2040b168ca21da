import { statfsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

/** The shell of Chromium without windows: the same pages, and half of what a start costs. */
export const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell'

/** What the processes of a browser with some pages share, and more. */
const SHARED_BYTES = 2 ** 30

/**
 * Flags of Playwright's that are left out. It has Chromium share memory by files in /tmp, for containers have little of it;
 * where there is enough, pictures need not wait for a disk.
 */
export const LEFT_OUT: string[] = hasSharedMemory() ? ['--disable-dev-shm-usage'] : []

/** No sandbox, for tests run as root; nothing that would ask the network for anything. */
export const QUIET_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
] as const

/** Chromium for measurements: sound without a tap, and no page is slowed down because another one is in front. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    headless: true,
    ignoreDefaultArgs: LEFT_OUT,
    // Who measures ends more than the browser, and in order.
    ...{ handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false },
    args: [
      ...QUIET_FLAGS,
      '--mute-audio',
      '--autoplay-policy=no-user-gesture-required',
      '--disable-background-timer-throttling',
      '--disable-renderer-backgrounding',
      '--disable-backgrounding-occluded-windows',
    ],
  })
}

function hasSharedMemory(): boolean {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm')
    return bavail * bsize >= SHARED_BYTES
  } catch {
    return false
  }
}
