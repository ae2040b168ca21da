import { type MessagePort, workerData } from 'node:worker_threads'

/** Instead of a thread's settings: they are its first message. */
export const SETTINGS_FOLLOW = 'settings follow'

/** What a thread was started with (`startThread`), once it is known. @param port the one to the thread that started this one */
export async function threadSettings<Settings>(port: MessagePort): Promise<Settings> {
  if (workerData !== SETTINGS_FOLLOW) return workerData
  return await new Promise((resolve) => {
    port.once('message', (settings: Settings) => {
      // Nobody listens for a moment, and an idle port would let the thread end.
      port.ref()
      resolve(settings)
    })
  })
}
