const ID = 'accent'

/**
 * Puts a channel's colour in force on the page, or takes it away. The document brings it for the channel it was asked for; the
 * arithmetic is fetched only for another.
 * @param colour `#rrggbb`; null: the page's own
 */
export async function showAccent(colour: string | null): Promise<void> {
  wanted = colour
  const shown = document.getElementById(ID)
  if ((shown?.dataset.colour ?? null) === colour) return
  if (colour === null) {
    shown?.remove()
    return
  }
  const { accentStyle } = await import('../../src/contract/accent.ts')
  // Another channel was opened meanwhile.
  if (wanted !== colour) return
  const style = shown ?? document.createElement('style')
  style.id = ID
  style.dataset.colour = colour
  style.textContent = accentStyle(colour)
  document.head.append(style)
}

let wanted: string | null = null
