import type { RequestFacts } from './request-context.ts'

/** Answers with JSON that no cache keeps. */
export function json(context: RequestFacts, status: number, value: unknown): void {
  whole(context, status, 'application/json', JSON.stringify(value))
}

/** Answers 200 with text that no cache keeps. */
export function plain(context: RequestFacts, text: string): void {
  whole(context, 200, 'text/plain; charset=utf-8', text)
}

function whole(context: RequestFacts, status: number, type: string, body: string): void {
  const fields = ['content-type', type, 'cache-control', 'no-store']
  const length = String(Buffer.byteLength(body))
  context.response.writeHead(status, [...fields, 'content-length', length, ...ownFields(context)])
  context.response.end(body)
}

/** The fields that every answer of our own has. */
export function ownFields({ cors, id }: RequestFacts): string[] {
  return [...cors, 'x-request-id', id]
}
