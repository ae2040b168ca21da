/** What is made of something that rarely changes: made when it is asked for, and again only when that is another one. */
export function derived<From, Made>(from: () => From, make: (from: From) => Made): () => Made {
  let last: { readonly from: From; readonly made: Made } | undefined
  return () => {
    const now = from()
    if (last === undefined || last.from !== now) last = { from: now, made: make(now) }
    return last.made
  }
}
