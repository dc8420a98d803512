import type { ServerResponse } from 'node:http'
import type { RawHeaders } from '../shared/headers.ts'

/** Answers with JSON that no cache keeps. */
export function json(response: ServerResponse, status: number, value: unknown, cors: RawHeaders): void {
  whole(response, status, 'application/json', JSON.stringify(value), cors)
}

/** Answers 200 with text that no cache keeps. */
export function plain(response: ServerResponse, text: string, cors: RawHeaders): void {
  whole(response, 200, 'text/plain; charset=utf-8', text, cors)
}

function whole(response: ServerResponse, status: number, type: string, body: string, cors: RawHeaders): void {
  const fields = ['content-type', type, 'cache-control', 'no-store']
  response.writeHead(status, [...fields, 'content-length', String(Buffer.byteLength(body)), ...cors])
  response.end(body)
}
