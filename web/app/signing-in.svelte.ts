let open = $state(false)

/** Signing in over the page in view, which goes on below it. */
export const signingIn = {
  get open(): boolean {
    return open
  },
  begin(): void {
    open = true
  },
  end(): void {
    open = false
  },
}
