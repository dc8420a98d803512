import type { RequestFacts } from './request-context.ts'

/** Responds with uncacheable JSON. */
export function json(context: RequestFacts, status: number, value: unknown): void {
  whole(context, status, 'application/json', JSON.stringify(value))
}

/** Responds 200 with uncacheable text. */
export function plain(context: RequestFacts, text: string): void {
  whole(context, 200, 'text/plain; charset=utf-8', text)
}

/** Responds 200 with an uncacheable script. */
export function script(context: RequestFacts, text: string): void {
  whole(context, 200, 'text/javascript; charset=utf-8', text)
}

function whole(context: RequestFacts, status: number, type: string, body: string): void {
  const fields = ['content-type', type, 'cache-control', 'no-store']
  const length = String(Buffer.byteLength(body))
  context.response.writeHead(status, [...fields, 'content-length', length, ...ownFields(context)])
  context.response.end(body)
}

/** Headers of all our own responses. */
export function ownFields({ commonHeaders, id }: RequestFacts): string[] {
  return [...commonHeaders, 'x-request-id', id]
}
