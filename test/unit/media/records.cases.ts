import { ASC_44100, ASC_48000, AVCC_360P, AVCC_480P } from '../../light/synthetic-media.ts'

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))

const BASELINE_PPS = hex('68ce3c80')

export const avccCases = [
  {
    name: 'libx264 Constrained Baseline 640x360 at 30',
    wire: AVCC_360P,
    value: {
      profileIdc: 66,
      profileCompatibility: 0xc0,
      levelIdc: 30,
      nalLengthSize: 4,
      sps: [hex('6742c01eda0280bfe5ffc000c00104000003000400000300f03c58ba80')],
      pps: [BASELINE_PPS],
    },
    picture: { width: 640, height: 360, framesPerSecond: 30, sampleAspectRatio: [3, 4], maxNumReorderFrames: 0 },
    codecs: 'avc1.42c01e',
  },
  {
    name: 'libx264 854x480 at 25, cropped',
    wire: AVCC_480P,
    value: {
      profileIdc: 66,
      profileCompatibility: 0xc0,
      levelIdc: 30,
      nalLengthSize: 4,
      sps: [hex('6742c01eda0360f79bffc050006ac4000003000400000300c83c58ba80')],
      pps: [BASELINE_PPS],
    },
    picture: { width: 854, height: 480, framesPerSecond: 25, sampleAspectRatio: [320, 427], maxNumReorderFrames: 0 },
    codecs: 'avc1.42c01e',
  },
  {
    name: 'libx264 1920x1080 at 30000/1001 with HRD parameters',
    wire: hex(
      '0142c028ffe100266742c028da01e0089f97ff000300041000003e90000ea60604000f424001e84e4c20078c195001000468ce3c80',
    ),
    value: {
      profileIdc: 66,
      profileCompatibility: 0xc0,
      levelIdc: 40,
      nalLengthSize: 4,
      sps: [hex('6742c028da01e0089f97ff000300041000003e90000ea60604000f424001e84e4c20078c1950')],
      pps: [BASELINE_PPS],
    },
    picture: {
      width: 1920,
      height: 1080,
      framesPerSecond: 30_000 / 1001,
      sampleAspectRatio: [3, 4],
      maxNumReorderFrames: 0,
    },
    codecs: 'avc1.42c028',
  },
] as const

const core = { samplesPerFrame: 1024, sbr: false, ps: false } as const

export const ascCases = [
  {
    name: 'AAC LC, 44100 Hz, mono, with an extension that says no SBR',
    wire: ASC_44100,
    value: { objectType: 2, sampleRate: 44_100, channels: 1, ...core },
    codecs: 'mp4a.40.2',
  },
  {
    name: 'AAC LC, 48000 Hz, stereo',
    wire: ASC_48000,
    value: { objectType: 2, sampleRate: 48_000, channels: 2, ...core },
    codecs: 'mp4a.40.2',
  },
  {
    name: 'AAC LC with 960 samples a frame',
    wire: hex('1194'),
    value: { objectType: 2, sampleRate: 48_000, channels: 2, ...core, samplesPerFrame: 960 },
    codecs: 'mp4a.40.2',
  },
  {
    name: 'AAC LC with an explicit rate of 24 bits',
    // 00010 1111 000000001011101110000000 0010 000
    wire: hex('17 80 5d c0 10'),
    value: { objectType: 2, sampleRate: 48_000, channels: 2, ...core },
    codecs: 'mp4a.40.2',
  },
  {
    name: 'HE-AAC, hierarchical: core 22050 Hz, SBR to 44100 Hz',
    // 00101 0111 0010 0100 00010 000
    wire: hex('2b 92 08 00'),
    value: {
      objectType: 2,
      sampleRate: 22_050,
      channels: 2,
      samplesPerFrame: 1024,
      extensionSampleRate: 44_100,
      sbr: true,
      ps: false,
    },
    codecs: 'mp4a.40.5',
  },
  {
    name: 'HE-AAC v2, hierarchical: core 24000 Hz mono, PS',
    // 11101 0110 0001 0011 00010 000
    wire: hex('eb 09 88 00'),
    value: {
      objectType: 2,
      sampleRate: 24_000,
      channels: 1,
      samplesPerFrame: 1024,
      extensionSampleRate: 48_000,
      sbr: true,
      ps: true,
    },
    codecs: 'mp4a.40.29',
  },
  {
    name: 'HE-AAC, backward compatible: core 24000 Hz, then SBR to 48000 Hz',
    // 00010 0110 0010 000, 01010110111 00101 1 0011, padding
    wire: hex('13 10 56 e5 98'),
    value: {
      objectType: 2,
      sampleRate: 24_000,
      channels: 2,
      samplesPerFrame: 1024,
      extensionSampleRate: 48_000,
      sbr: true,
      ps: false,
    },
    codecs: 'mp4a.40.5',
  },
] as const
