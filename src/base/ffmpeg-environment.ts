/** Why FFmpeg may need more than where programs are: drivers of graphics cards are found by these. */
const DRIVERS = [
  'LD_LIBRARY_PATH',
  'LIBVA_DRIVER_NAME',
  'LIBVA_DRIVERS_PATH',
  'CUDA_VISIBLE_DEVICES',
  'NVIDIA_VISIBLE_DEVICES',
]

/**
 * glibc asks for pages of 2 MB where the kernel has them: FFmpeg's pictures are new memory all over, and the first touch of each
 * page of 4 KB is a fault. Sixteen small pictures take half the processor time by it.
 */
const MEMORY = { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' }

/** Of the environment, what FFmpeg may know: nothing of ours is its business. */
export function ffmpegEnvironment(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const told: Record<string, string> = { PATH: env.PATH ?? '', ...MEMORY }
  for (const name of DRIVERS) {
    const value = env[name]
    if (value !== undefined) told[name] = value
  }
  return told
}
