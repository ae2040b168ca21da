import { z } from 'zod'
import { choice, host, network, origin, path, port, section } from '../kinds.ts'

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
  https: section('The same over HTTPS.', {
    mode: choice('off', 'self-signed', 'files', 'acme').default('off').meta({
      description:
        'Where the certificate comes from: made by the server, from two files, or from an ACME authority such as Let’s Encrypt.',
      effect: 'later',
    }),
    port: port().default(8443).meta({ description: 'TCP port of HTTPS.', effect: 'later' }),
    cert: path().optional().meta({
      description: 'Certificate chain in PEM, for mode `files`.',
      example: '/etc/streamhost/cert.pem',
      effect: 'later',
    }),
    key: path().optional().meta({
      description: 'Private key in PEM, for mode `files`.',
      example: '/etc/streamhost/key.pem',
      effect: 'later',
    }),
  }),
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
