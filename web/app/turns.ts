/** Longest wait (ms): a picture that keeps everything busy must not keep the rest away. */
const mostMs = 1500

/**
 * Resolves when the browser has nothing better to do: for what nobody waits for, so that it comes in pieces and not between
 * a viewer and the picture.
 */
export function whenIdle(): Promise<void> {
  return new Promise((resolve) => {
    // Safari has no such moment to offer.
    if (typeof requestIdleCallback === 'function') requestIdleCallback(() => resolve(), { timeout: mostMs })
    else setTimeout(resolve, 30)
  })
}

/** Resolves in a task of its own: what comes before it and after it are two short tasks for a phone, not a long one. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    // No timer: those of a page in the background wait for a second.
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(null)
  })
}
