/** What a device keeps of the person who writes: the same name and, by the token, the same person next time. */
export type Guest = {
  /** Chosen once, good for every channel. */
  name(): string | null
  setName(name: string | null): void
  /** Of one channel; secret. */
  token(): string | null
  setToken(token: string): void
}

export function guestOf(slug: string): Guest {
  const nameKey = 'chat-name'
  const tokenKey = `chat-token:${slug}`
  return {
    name: () => recall(nameKey),
    setName: (name) => keep(nameKey, name),
    token: () => recall(tokenKey),
    setToken: (token) => keep(tokenKey, token),
  }
}

// In a private window storage may refuse: then it holds for this visit alone.
const visit = new Map<string, string>()

function recall(key: string): string | null {
  try {
    return localStorage.getItem(key) ?? visit.get(key) ?? null
  } catch {
    return visit.get(key) ?? null
  }
}

function keep(key: string, value: string | null): void {
  if (value === null) visit.delete(key)
  else visit.set(key, value)
  try {
    if (value === null) localStorage.removeItem(key)
    else localStorage.setItem(key, value)
  } catch {
    // Kept in `visit`.
  }
}
