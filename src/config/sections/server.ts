import { z } from 'zod'
import { choice, count, host, network, origin, path, port, section } from '../kinds.ts'

const Acme = section(
  'For mode `acme`. The authority comes to port 80 or 443 of each name: set those, or forward them.',
  {
    domains: z
      .array(
        z.string().regex(/^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/, {
          error: 'a name such as live.example.org, in small letters',
        }),
      )
      .max(100)
      .default([])
      .meta({
        description: 'Names that the certificate is for. None: that of `server.publicUrl`.',
        example: ['live.example.org'],
      }),
    email: z
      .string()
      .regex(/^[^@\s]{1,64}@[^@\s]{1,255}$/, { error: 'a mail address' })
      .optional()
      .meta({ description: 'Where the authority may write to.', example: 'admin@example.org' }),
    agreeTerms: z.boolean().default(false).meta({
      description:
        'You agree to the authority’s terms of service (https://letsencrypt.org/repository/). Without it none is asked.',
    }),
    directory: z
      .string()
      .regex(/^https:\/\/[^\s]+$/, { error: 'an address such as https://acme-v02.api.letsencrypt.org/directory' })
      .default('https://acme-v02.api.letsencrypt.org/directory')
      .meta({ description: 'The authority’s ACME directory.' }),
    challenge: choice('auto', 'http-01', 'tls-alpn-01').default('auto').meta({
      description:
        'How the names are proved: by an answer on port 80 (`http-01`) or on port 443 (`tls-alpn-01`). `auto` tries one after the other.',
    }),
    ca: path().optional().meta({
      description:
        'Certificates in PEM that the authority’s own server is checked by, for an authority in your network.',
      example: '/etc/streamhost/authority.pem',
    }),
  },
)

export const Server = section('The web server: pages, API and playback.', {
  name: z
    .string()
    .trim()
    .min(1)
    .max(80)
    .default('StreamHost')
    .meta({ description: 'The name of your site, as the pages show it.', reload: 'at once' }),
  http: section('Plain HTTP.', {
    host: host().default('::').meta({ description: 'Address to listen on. `::` is all of them.' }),
    port: port().default(8080).meta({ description: 'TCP port of pages, API and playback. 0 takes any free one.' }),
  }).meta({ reload: 'restart' }),
  https: section('The same over HTTPS, with HTTP/2 and HTTP/1.1; listens on the address of `server.http.host`.', {
    mode: choice('off', 'self-signed', 'files', 'acme').default('off').meta({
      description:
        'Where the certificate comes from: made by the server (browsers warn), from two files (read anew when they change), or from an ACME authority such as Let’s Encrypt (renewed by itself).',
    }),
    port: port().default(8443).meta({
      description: 'TCP port of HTTPS. Browsers look for 443: set that, or forward it. 0 takes any free one.',
    }),
    cert: path().optional().meta({
      description: 'Certificate chain in PEM, the server’s own certificate first, for mode `files`.',
      example: '/etc/streamhost/cert.pem',
      reload: 'at once',
    }),
    key: path().optional().meta({
      description: 'Private key in PEM, for mode `files`.',
      example: '/etc/streamhost/key.pem',
      reload: 'at once',
    }),
    redirect: choice('auto', 'on', 'off').default('auto').meta({
      description:
        'Sends who comes by plain HTTP to HTTPS: to `server.publicUrl` if that is `https:`, else to the same host. Health checks, metrics and ACME are answered as ever. `auto` does so with `files` and `acme`.',
    }),
    hsts: count(0, 730).default(180).meta({
      description:
        'Browsers that came by HTTPS to port 443 refuse plain HTTP for so many days (HSTS); 0 never tells them. Never with a self-signed certificate.',
      reload: 'at once',
    }),
    acme: Acme,
  }).meta({ reload: 'restart' }),
  publicUrl: origin().optional().meta({
    description:
      'The address under which people reach this server. Needed by all that leaves an answer (mail, invites, hooks); never guessed from a request.',
    example: 'https://live.example.org',
    reload: 'at once',
  }),
  trustedProxies: z
    .array(network())
    .default([])
    .meta({
      description: 'Addresses or ranges of reverse proxies whose `X-Forwarded-*` headers count.',
      example: ['127.0.0.1', '10.0.0.0/8'],
      reload: 'at once',
    }),
  allowedOrigins: z
    .array(origin())
    .default([])
    .meta({
      description: 'Other sites whose pages may call the API from a browser (CORS).',
      example: ['https://www.example.org'],
      reload: 'at once',
    }),
  embedOrigins: z
    .array(origin())
    .default([])
    .meta({
      description: 'Other sites that may show the embedded player.',
      example: ['https://www.example.org'],
      reload: 'at once',
    }),
  outbound: section('What this server asks of others because a person wants it: hooks, pulls, addresses they give.', {
    allow: z
      .array(network())
      .default([])
      .meta({
        description:
          'Addresses or ranges of your own networks that may be asked too; without it only the public internet is. Never a cloud’s metadata.',
        example: ['10.20.0.0/16'],
        effect: 'later',
      }),
  }).meta({ reload: 'at once' }),
  serviceWorker: z.boolean().default(true).meta({
    description:
      'Browsers keep the page’s own files, so that it can be installed and says something when offline. `false` takes it back from every browser that comes by.',
    reload: 'at once',
  }),
  reload: choice('signal', 'save').default('signal').meta({
    description:
      'When this file is read again: `signal` on SIGHUP and `streamhost reload`, `save` also whenever it was saved.',
    reload: 'at once',
  }),
})
