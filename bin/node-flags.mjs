/**
 * How the server's Node is started, from the source and in the single file. A small young generation: the memory of frames
 * is freed by quick looks at what is new, before so much of it has gathered that the whole heap is looked through. And
 * memory outside of the heap counts by how much of it lives, not by every 64 MB of it; half as much garbage as lives may gather
 * (docs/decisions/0007-reading-publishers.md).
 */
export const NODE_FLAGS = [
  '--disable-warning=ExperimentalWarning',
  '--max-semi-space-size=4',
  '--external-memory-accounted-in-global-limit',
  '--heap-growing-percent=50',
]
