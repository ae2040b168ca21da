/** Whether the player begins by itself: `?autoplay=0` of an embedded one makes it wait to be asked. */
export function playsAtOnce(): boolean {
  return new URLSearchParams(location.search).get('autoplay') !== '0'
}
