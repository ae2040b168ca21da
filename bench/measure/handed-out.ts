/** So many a decoder keeps at most until it is told that nothing follows: there may be B-frames. */
export const HELD_FRAMES = 2

/**
 * When a decoder hands pictures out: behind which other one each of them comes, by presentation time. With B-frames a picture waits
 * until so many others do: "the number of frames … marked as needed for output is greater than … max_num_reorder_frames"
 * (H.264 C.4.5.3). The last ones of all stay inside.
 * @param pictures presentation times in the order of decoding
 * @param maxNumReorderFrames as their sequence parameter set says
 */
export function handedOutBehind(pictures: readonly number[], maxNumReorderFrames: number): ReadonlyMap<number, number> {
  const behind = new Map<number, number>()
  const waiting: number[] = []
  for (const picture of pictures) {
    waiting.push(picture)
    if (waiting.length <= maxNumReorderFrames) continue
    const next = Math.min(...waiting)
    waiting.splice(waiting.indexOf(next), 1)
    behind.set(next, picture)
  }
  return behind
}
