type Shared = { readonly path: string; readonly title: string }

let shared = $state.raw<Shared | null>(null)

/** What the share dialog is open for. */
export const sharing = {
  get what(): Shared | null {
    return shared
  },
  open(path: string, title: string): void {
    shared = { path, title }
  },
  close(): void {
    shared = null
  },
}
