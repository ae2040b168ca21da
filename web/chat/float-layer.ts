import type { Reaction } from '../../src/contract/chat.ts'

/** At once over the picture; what comes above that is left out. */
const mostOnPhones = 12
const mostElsewhere = 24
const flightMs = 2800
/** Those of one tick of the server rise one after the other. */
const spreadMs = 900

/** Lets reactions rise over the picture: on one layer, by transform and opacity alone, so that the video is never painted anew. */
export class FloatLayer {
  readonly #host: HTMLElement
  readonly #phone = matchMedia('(max-width: 640px)')
  readonly #still = matchMedia('(prefers-reduced-motion: reduce)')
  readonly #abort = new AbortController()

  constructor(host: HTMLElement) {
    this.#host = host
    const clear = () => document.hidden && host.replaceChildren()
    document.addEventListener('visibilitychange', clear, { signal: this.#abort.signal })
  }

  add(kind: Reaction, count: number): void {
    if (document.hidden || this.#still.matches) return
    const most = this.#phone.matches ? mostOnPhones : mostElsewhere
    const free = Math.min(count, most - this.#host.childElementCount)
    if (free <= 0) return
    const rise = this.#host.clientHeight
    for (let i = 0; i < free; i += 1) this.#rise(kind, rise, i === 0 ? 0 : Math.random() * spreadMs)
  }

  destroy(): void {
    this.#abort.abort()
    this.#host.replaceChildren()
  }

  #rise(kind: Reaction, rise: number, delay: number): void {
    const svgNs = 'http://www.w3.org/2000/svg'
    const svg = document.createElementNS(svgNs, 'svg')
    const use = document.createElementNS(svgNs, 'use')
    use.setAttribute('href', `#r-${kind}`)
    svg.append(use)
    svg.style.insetInlineStart = `${Math.round(Math.random() * 64)}%`
    this.#host.append(svg)
    const sway = 6 + Math.random() * 10
    const lean = 4 + Math.random() * 6
    svg.animate(
      [
        { transform: 'translateY(0.5rem) scale(0.5)', opacity: 0 },
        { transform: `translateY(${-0.06 * rise}px) scale(1.1)`, opacity: 1, offset: 0.12 },
        { transform: `translate(${-sway}px, ${-0.46 * rise}px) rotate(${-lean}deg)`, opacity: 1, offset: 0.5 },
        { opacity: 0.9, offset: 0.8 },
        { transform: `translate(${sway}px, ${-0.92 * rise}px) rotate(${lean}deg)`, opacity: 0 },
      ],
      { duration: flightMs, delay, fill: 'both' },
    ).onfinish = () => svg.remove()
  }
}
