let text = $state('')
let timer: ReturnType<typeof setTimeout> | undefined

/** The one line at the bottom of the page; read out politely. */
export const toast = {
  get text(): string {
    return text
  },
}

/** Says one thing for five seconds; a newer one takes its place. */
export function say(line: string): void {
  clearTimeout(timer)
  text = line
  timer = setTimeout(() => {
    text = ''
  }, 5000)
}
