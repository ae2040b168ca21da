import { sharing } from './sharing.svelte.ts'

/** Hands the address to the device's own sheet; where there is none, shows what there is to copy. */
export async function share(path: string, title: string): Promise<void> {
  const url = new URL(path, location.href).href
  if (navigator.share !== undefined && matchMedia('(pointer: coarse)').matches) {
    await navigator.share({ title, url }).catch(() => undefined)
    return
  }
  sharing.open(path, title)
}

/** @returns whether the text is in the clipboard now */
export async function copy(text: string): Promise<boolean> {
  if (navigator.clipboard !== undefined) {
    const done = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    )
    if (done) return true
  }
  // Pages over plain HTTP have no clipboard; the old way still works there.
  const field = document.createElement('textarea')
  field.value = text
  field.setAttribute('readonly', '')
  field.className = 'sr'
  const holder = document.querySelector('dialog[open]') ?? document.body
  const focused = document.activeElement
  holder.append(field)
  field.select()
  const done = document.execCommand('copy')
  field.remove()
  if (focused instanceof HTMLElement) focused.focus()
  return done
}
