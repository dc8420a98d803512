import type { Readable } from 'node:stream'
import type { RawHeaders } from '../../shared/headers.ts'

/** Receives a body in chunks. Nothing follows after `end` or `error`. */
export interface BodyReader {
  data(chunk: Uint8Array): void
  end(): void
  error(cause: Error): void
}

/** A response body that is being received. */
export interface AnswerBody {
  /** Passes the body to `reader`. Must be called in the tick in which the response was emitted. */
  read(reader: BodyReader): void
  pause(): void
  resume(): void
  /** The body as a stream, instead of `read`. */
  toStream(): Readable
}

/** A model server's response, independent of the HTTP client. */
export interface UpstreamAnswer {
  readonly status: number
  readonly headers: RawHeaders
  readonly body: AnswerBody
}

/** Wraps a stream. */
export function bodyOf(stream: Readable): AnswerBody {
  let reader: BodyReader | undefined
  // It may fail before it is read, or never be read.
  stream.on('error', (cause) => reader?.error(cause))
  return {
    read(by) {
      reader = by
      stream.on('data', (chunk: Uint8Array) => by.data(chunk))
      stream.on('end', () => by.end())
    },
    pause: () => stream.pause(),
    resume: () => stream.resume(),
    toStream: () => stream,
  }
}
