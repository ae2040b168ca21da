/** What a line offers to do about it. */
export type ToastAction = { readonly label: string; readonly act: () => unknown }

const plainMs = 5000
/** Undo takes a moment's thought. */
const actionMs = 8000

let text = $state('')
let action = $state.raw<ToastAction | null>(null)
let timer: ReturnType<typeof setTimeout> | undefined

function start(): void {
  clearTimeout(timer)
  timer = setTimeout(hide, action === null ? plainMs : actionMs)
}

function hide(): void {
  clearTimeout(timer)
  text = ''
  action = null
}

/** The one line at the bottom of the page; read out politely. */
export const toast = {
  get text(): string {
    return text
  },
  get action(): ToastAction | null {
    return action
  },
  /** It stays while it has the focus or the pointer; afterwards its time begins anew. */
  hold(): void {
    clearTimeout(timer)
  },
  release(): void {
    if (text !== '') start()
  },
  act(): void {
    const { act } = action ?? {}
    hide()
    act?.()
  },
}

/** Says one thing for five seconds, eight with something to do about it; a newer one takes its place. */
export function say(line: string, offer: ToastAction | null = null): void {
  text = line
  action = offer
  start()
}
