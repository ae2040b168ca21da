import assert from 'node:assert/strict'
import { test } from 'node:test'
import { initOf, playlistsToAsk } from '../../../web/player/playlist-names.ts'

test('the first rung and the first sound are asked ahead for, by the names of a multivariant playlist', () => {
  const playlist = `#EXTM3U
#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="cc",NAME="CC1",INSTREAM-ID="CC1"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Sound",URI="audio.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=700000,AUDIO="audio"
360p.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=5000000,AUDIO="audio"
source.m3u8
`
  assert.deepEqual(playlistsToAsk(playlist), ['360p.m3u8', 'audio.m3u8'])
  assert.deepEqual(playlistsToAsk(playlist.replaceAll('\n', '\r\n')), ['360p.m3u8', 'audio.m3u8'])
  assert.deepEqual(playlistsToAsk('#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=9\nall.m3u8'), ['all.m3u8'])
  assert.deepEqual(playlistsToAsk('<html>not one</html>'), [])
})

test('the newest init segment of a playlist is the one asked ahead for', () => {
  const playlist = '#EXTM3U\n#EXT-X-MAP:URI="a/init-0.mp4"\n#EXTINF:2,\na/1.m4s\n#EXT-X-MAP:URI="a/init-1.mp4"\n'
  assert.equal(initOf(playlist), 'a/init-1.mp4')
  assert.equal(initOf('#EXTM3U\n'), null)
})
