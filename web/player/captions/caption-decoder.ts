import type { Cea608Channel } from './cea608-channel.ts'
import { Cea608Field } from './cea608-field.ts'
import { Cea708Service } from './cea708-service.ts'
import { DtvccPackets, type ServiceBlock } from './dtvcc-packets.ts'
import { type CaptionScreen, sameScreen } from './screen.ts'

/** Captions of one frame: `cc_data()` of ATSC A/53 part 4, 6.2.3, from its flags on, and when the frame is shown (s of media time). */
export type CaptionSample = { readonly time: number; readonly data: Uint8Array }

/** `CC1` to `CC4` of CEA-608, `SERVICE1` to `SERVICE63` of CEA-708, as INSTREAM-ID of RFC 8216bis names them. */
export type CaptionChannel = 'CC1' | 'CC2' | 'CC3' | 'CC4' | `SERVICE${number}`

export type CaptionChange = { readonly time: number; readonly channel: CaptionChannel; readonly screen: CaptionScreen }

const names: readonly CaptionChannel[] = ['CC1', 'CC2', 'CC3', 'CC4']

/**
 * Decodes CEA-608 and CEA-708 from the caption data of frames in the order they are shown, and says what each channel shows from
 * when on.
 *
 * hls.js has a decoder too, but names a caption only when it is over, which at one second behind live is too late to show it.
 */
export class CaptionDecoder {
  #fields = [new Cea608Field(), new Cea608Field()] as const
  #packets = new DtvccPackets()
  readonly #services = new Map<number, Cea708Service>()
  readonly #shown = new Map<CaptionChannel, CaptionScreen>()

  push({ time, data }: CaptionSample): CaptionChange[] {
    const ccCount = (data[0] ?? 0) & 0x1f
    for (let at = 2; at + 3 <= Math.min(data.length, 2 + ccCount * 3); at += 3) {
      const flags = data[at] ?? 0
      if ((flags & 0x04) === 0) continue
      const ccType = flags & 0x03
      const first = data[at + 1] ?? 0
      const second = data[at + 2] ?? 0
      if (ccType < 2) this.#fields[ccType === 0 ? 0 : 1].push(first, second)
      else for (const block of this.#packets.push(ccType === 3, first, second)) this.#service(block)
    }
    return this.#changes(time)
  }

  /** What came before has nothing to do with what comes next. */
  reset(): void {
    this.#fields = [new Cea608Field(), new Cea608Field()]
    this.#packets = new DtvccPackets()
    this.#services.clear()
    this.#shown.clear()
  }

  #service({ service, data }: ServiceBlock): void {
    const known = this.#services.get(service) ?? new Cea708Service()
    this.#services.set(service, known)
    known.push(data)
  }

  #changes(time: number): CaptionChange[] {
    const changes: CaptionChange[] = []
    const take = (name: CaptionChannel | undefined, channel: Cea608Channel | Cea708Service): void => {
      if (!channel.changed || name === undefined) return
      channel.changed = false
      const { screen } = channel
      if (sameScreen(screen, this.#shown.get(name) ?? [])) return
      this.#shown.set(name, screen)
      changes.push({ time, channel: name, screen })
    }
    for (const [index, channel] of this.#fields.flatMap((field) => field.channels).entries())
      take(names[index], channel)
    for (const [number, service] of this.#services) take(`SERVICE${number}`, service)
    return changes
  }
}
