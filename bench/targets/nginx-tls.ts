import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Pair } from '../../src/tls/pair.ts'
import { nginxProgram, startNginx } from './nginx.ts'
import type { Running, Target } from './target.ts'

/** nginx as in `nginx-static.ts`, by TLS and HTTP/2, with a certificate of the same kind as ours. */
export function nginxTls(files: string, { cert, key }: Pick<Pair, 'cert' | 'key'>): Target {
  return {
    name: 'nginx',
    missing: () => (nginxProgram() === undefined ? 'nginx is not installed (Debian: nginx-light)' : undefined),
    async start(): Promise<Running> {
      const pems = mkdtempSync(join(tmpdir(), 'bench-pem-'))
      writeFileSync(join(pems, 'cert.pem'), cert)
      writeFileSync(join(pems, 'key.pem'), key)
      const server = await startNginx({
        rtmp: false,
        config: (
          { httpPort },
          folder,
        ) => `http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; gzip_static on; etag on;
          types { application/vnd.apple.mpegurl m3u8; video/mp4 m4s mp4; }
          client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
          uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
          add_header access-control-allow-origin *; add_header cache-control "public, max-age=31536000, immutable";
          ssl_certificate ${pems}/cert.pem; ssl_certificate_key ${pems}/key.pem; ssl_protocols TLSv1.2 TLSv1.3;
          server { listen 127.0.0.1:${httpPort} ssl http2; root ${files}; } }`,
      })
      return {
        ...server,
        httpsPort: server.httpPort,
        async [Symbol.asyncDispose]() {
          await server[Symbol.asyncDispose]()
          rmSync(pems, { recursive: true, force: true })
        },
      }
    },
  }
}
