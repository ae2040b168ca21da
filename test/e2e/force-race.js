// Forces, without any load, the race in hls.js that loses the last part of a segment (see ../design/media.md, "The freeze").
// In a test page:  const { fLoader, pLoader, raced } = forceRace(Hls, { video: 5, audio: 5 });
//                  const hls = new Hls({ ...config, fLoader, pLoader });
// `video` and `audio` are the index of the last but one part of a segment; `every`: race every n-th segment.
// It holds that part's answer until the playlist that completes its segment is here, delivers the part,
// and the playlist one macrotask later. `raced` lists the segments that were raced.
globalThis.forceRace = function forceRace(Hls, { video, audio, every = 2, longestHoldMs = 700 } = {}) {
  const Base = Hls.DefaultConfig.loader
  const held = new Map() // "main:12" -> { part, playlist }: answers that wait for each other
  const raced = []
  const wanted = (sn) => sn % every === 0
  const slot = (key) => {
    if (!held.has(key)) held.set(key, {})
    return held.get(key)
  }
  const once = (fn) => {
    let done = false
    return () => {
      if (!done) {
        done = true
        fn()
      }
    }
  }

  function deliver(key) {
    const { part, playlist } = held.get(key) ?? {}
    if (!part || !playlist) return
    held.delete(key)
    raced.push(key)
    part()
    setTimeout(playlist, 0)
  }

  class PartLoader extends Base {
    load(context, config, callbacks) {
      const { frag, part } = context
      const lastButOne = frag?.type === 'audio' ? audio : video
      const key = `${frag?.type}:${frag?.sn}`
      if (!part || part.index !== lastButOne || !wanted(frag.sn) || raced.includes(key))
        return super.load(context, config, callbacks)
      const onSuccess = (...answer) => {
        slot(key).part = once(() => callbacks.onSuccess(...answer))
        setTimeout(slot(key).part, longestHoldMs)
        deliver(key)
      }
      return super.load(context, config, { ...callbacks, onSuccess })
    }
  }

  class PlaylistLoader extends Base {
    load(context, config, callbacks) {
      const type = { level: 'main', audioTrack: 'audio' }[context.type]
      if (!type) return super.load(context, config, callbacks)
      const onSuccess = (...answer) => {
        const text = answer[0].data
        const first = Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(text)?.[1])
        const key = `${type}:${first + (text.match(/#EXTINF/g) ?? []).length - 1}` // the newest complete segment
        if (!held.get(key)?.part || raced.includes(key)) return callbacks.onSuccess(...answer)
        held.get(key).playlist = once(() => callbacks.onSuccess(...answer))
        setTimeout(held.get(key).playlist, longestHoldMs / 2)
        deliver(key)
      }
      return super.load(context, config, { ...callbacks, onSuccess })
    }
  }
  return { fLoader: PartLoader, pLoader: PlaylistLoader, raced }
}
