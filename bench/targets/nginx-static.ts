import { nginxProgram, startNginx } from './nginx.ts'
import type { Target } from './target.ts'

/** nginx as a static origin: `sendfile`, connections kept open, compressed files sent as they lie there. */
export function nginxStatic(files: string): Target {
  return {
    name: 'nginx',
    missing: () => (nginxProgram() === undefined ? 'nginx is not installed (Debian: nginx-light)' : undefined),
    start: () =>
      startNginx({
        rtmp: false,
        config: (
          { httpPort },
          folder,
        ) => `http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; gzip_static on; etag on;
          types { application/vnd.apple.mpegurl m3u8; video/mp4 m4s mp4; }
          client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
          uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
          add_header access-control-allow-origin *; add_header cache-control "public, max-age=31536000, immutable";
          server { listen 127.0.0.1:${httpPort}; root ${files}; } }`,
      }),
  }
}
