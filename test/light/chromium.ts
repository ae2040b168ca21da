import { type Browser, chromium } from 'playwright-core'

/** Chromium for measurements: sound without a tap, and no page is slowed down because another one is in front. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.STREAMHOST_CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    // Who measures ends more than the browser, and in order.
    ...{ handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false },
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--mute-audio',
      '--autoplay-policy=no-user-gesture-required',
      '--disable-background-timer-throttling',
      '--disable-renderer-backgrounding',
      '--disable-backgrounding-occluded-windows',
    ],
  })
}
