import { Agent, createServer, type RequestListener, type Server } from 'node:http'
import type { Edge } from '../../src/deliver/edge/edge.ts'
import { H1Server } from '../../src/http/h1/h1-server.ts'

const LIMITS = { headerBytes: 16_384, headerSeconds: 10 }

/** What comes behind the edge: a teapot. */
const behind =
  (edge: Edge): RequestListener =>
  (req, res) => {
    if (!edge.handle(req, res)) res.writeHead(418).end()
  }

export type ServerOf = (edge: Edge) => Server

/** The ways of HTTP/1.1 to an edge, which must look the same from outside. */
export const WAYS: readonly { readonly way: string; readonly serverOf: ServerOf }[] = [
  { way: 'by node:http', serverOf: (edge) => createServer(behind(edge)) },
  {
    way: 'by plain GETs',
    serverOf: (edge) => {
      const answer = edge.handleMedia.bind(edge)
      return new H1Server({}, { answer, limits: LIMITS, enter: () => () => {} }).on('request', behind(edge))
    },
  },
]

/** Keeps connections for GETs apart from those that have carried something else: these are node:http's for good. */
export function agents(): { of(method: string): Agent; destroy(): void } {
  const [gets, others] = [new Agent({ keepAlive: true }), new Agent({ keepAlive: true })]
  return {
    of: (method) => (method === 'GET' ? gets : others),
    destroy: () => {
      gets.destroy()
      others.destroy()
    },
  }
}
