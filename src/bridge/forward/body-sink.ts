import type { Writable } from 'node:stream'
import { AppError } from '../../shared/errors.ts'

/** Where the pieces of a request's body go. Each piece is released, once, when it has moved on. */
export interface BodySink {
  data(chunk: Uint8Array): void
  end(): void
}

type Release = (bytes: number) => void

/** Lets the peer go on sending what nobody wants any more. */
export function discardingSink(release: Release): BodySink {
  return { data: (chunk) => release(chunk.length), end() {} }
}

/** Keeps what arrives while something is being decided: no more than the peer's credit, which is not given back. */
export function holdingSink(): { readonly sink: BodySink; readonly replay: (to: BodySink) => void } {
  const chunks: Uint8Array[] = []
  let isEnded = false
  return {
    sink: {
      data: (chunk) => void chunks.push(chunk),
      end: () => {
        isEnded = true
      },
    },
    replay(to) {
      for (const chunk of chunks) to.data(chunk)
      if (isEnded) to.end()
    },
  }
}

/** Gathers the whole body; `body` rejects with BODY_TOO_LARGE. */
export function collectingSink(
  maxBytes: number,
  release: Release,
): { readonly sink: BodySink; readonly body: Promise<Uint8Array> } {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
  const chunks: Uint8Array[] = []
  let size = 0
  const sink: BodySink = {
    data(chunk) {
      release(chunk.length)
      size += chunk.length
      if (size <= maxBytes) chunks.push(chunk)
      else reject(new AppError('BODY_TOO_LARGE'))
    },
    end: () => resolve(Buffer.concat(chunks)),
  }
  return { sink, body: promise }
}

/**
 * Passes the body on as fast as the upstream takes it.
 * @param lengthBytes what the request announced: more would be read as a second request by the upstream, past all policy.
 */
export function pipingSink(
  upstream: Writable,
  lengthBytes: number | null,
  release: Release,
  fail: (error: AppError) => void,
): BodySink {
  let sent = 0
  let held = 0
  const releaseHeld = (): void => {
    release(held)
    held = 0
  }
  upstream.on('drain', releaseHeld)
  upstream.on('close', releaseHeld)
  return {
    data(chunk) {
      held += chunk.length
      sent += chunk.length
      if (lengthBytes !== null && sent > lengthBytes) fail(lengthMismatch())
      // A destroyed upstream will not drain any more.
      else if (upstream.write(chunk) || upstream.destroyed) releaseHeld()
    },
    end() {
      if (lengthBytes === null || sent === lengthBytes) upstream.end()
      else fail(lengthMismatch())
    },
  }
}

function lengthMismatch(): AppError {
  return new AppError('BAD_REQUEST', 'The request body is not as long as its Content-Length says.')
}
