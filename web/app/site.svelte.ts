import { api } from '../api/client.ts'
import { words } from '../words/words.ts'

let name = $state(words.site.fallbackName)
let version = $state('')

/** Whose page this is. */
export const site = {
  get name(): string {
    return name
  },
  get version(): string {
    return version
  },
}

export async function loadSite(): Promise<void> {
  const answer = await api.site().catch(() => null)
  if (answer === null) {
    setTimeout(() => void loadSite(), 4000)
    return
  }
  name = answer.name
  version = answer.version
}
