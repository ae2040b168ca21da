const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))

export const opusHeadCases = [
  {
    name: 'libopus in stereo',
    wire: hex('4f70757348656164 01 02 3801 80bb0000 0000 00'),
    value: { channels: 2, preSkip: 312, inputSampleRate: 48_000, outputGain: 0 },
    dOps: '00 02 0138 0000bb80 0000 00'.replaceAll(' ', ''),
  },
  {
    name: 'mono of 44.1 kHz, half a decibel less',
    wire: hex('4f70757348656164 01 01 000f 44ac0000 80ff 00'),
    value: { channels: 1, preSkip: 3840, inputSampleRate: 44_100, outputGain: -128 },
    dOps: '00 01 0f00 0000ac44 ff80 00'.replaceAll(' ', ''),
  },
] as const
