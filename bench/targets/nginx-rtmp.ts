import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { nginxProgram, rtmpModule, startNginx } from './nginx.ts'
import type { Target } from './target.ts'

/** nginx with its RTMP module, as Debian packages them; with `hls` it writes segments of 2 s, 20 s of them, to a folder. */
export function nginxRtmp({ hls }: { readonly hls: boolean }): Target {
  return {
    name: hls ? 'nginx-rtmp with HLS' : 'nginx-rtmp',
    missing: () =>
      nginxProgram() === undefined || rtmpModule() === undefined
        ? 'nginx with its RTMP module is not installed (Debian: nginx-light, libnginx-mod-rtmp)'
        : undefined,
    start: () =>
      startNginx({
        rtmp: true,
        config: ({ rtmpPort }, folder) => {
          const path = join(folder, 'hls')
          mkdirSync(path)
          const packaging = hls ? `hls on; hls_path ${path}; hls_fragment 2s; hls_playlist_length 20s;` : ''
          return `rtmp { access_log off; server { listen 127.0.0.1:${rtmpPort}; application live { live on; ${packaging} } } }`
        },
      }),
  }
}
