import type { Writable } from 'node:stream'
import { ByteQueue } from '../../shared/byte-queue.ts'
import { AppError } from '../../shared/errors.ts'
import { PacedWriter } from '../../shared/paced-writer.ts'

/** Consumes the chunks of a request body. Each chunk is released exactly once. */
export interface BodySink {
  data(chunk: Uint8Array): void
  end(): void
}

type Release = (bytes: number) => void

/** Discards the body while returning credit to the peer. */
export function discardingSink(release: Release): BodySink {
  return { data: (chunk) => release(chunk.length), end() {} }
}

/** Buffers the body during a decision: at most the peer's credit, which is not returned. */
export function holdingSink(): { readonly sink: BodySink; readonly replay: (to: BodySink) => void } {
  const queue = new ByteQueue()
  let isEnded = false
  return {
    sink: {
      data: (chunk) => queue.push(chunk),
      end: () => {
        isEnded = true
      },
    },
    replay(to) {
      for (let bytes = queue.shift(); bytes !== undefined; bytes = queue.shift()) to.data(bytes)
      if (isEnded) to.end()
    },
  }
}

/** Collects the whole body in an empty queue; `body` rejects with the queue's error if it does not fit. */
export function collectingSink(
  queue: ByteQueue,
  release: Release,
): { readonly sink: BodySink; readonly body: Promise<Uint8Array> } {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
  const sink: BodySink = {
    data(chunk) {
      release(chunk.length)
      try {
        queue.push(chunk)
      } catch (cause) {
        queue.clear()
        reject(cause)
      }
    },
    end: () => resolve(queue.takeAll()),
  }
  return { sink, body: promise }
}

/**
 * Passes the body on as fast as the upstream accepts it.
 * @param lengthBytes the announced length: the upstream would read more as a second request, bypassing the policy
 */
export function pipingSink(
  upstream: Writable,
  lengthBytes: number | null,
  release: Release,
  fail: (error: AppError) => void,
): BodySink {
  let sent = 0
  let owed = 0
  const releaseUpTo = (bytes: number): void => {
    const due = Math.min(bytes, owed)
    owed -= due
    release(due)
  }
  const writer = new PacedWriter((bytes, taken) => void upstream.write(bytes, taken), releaseUpTo)
  // A closed upstream may not call back for each chunk.
  upstream.on('close', () => releaseUpTo(owed))
  return {
    data(chunk) {
      owed += chunk.length
      sent += chunk.length
      if (lengthBytes !== null && sent > lengthBytes) fail(lengthMismatch())
      else if (upstream.destroyed) releaseUpTo(owed)
      else writer.write(chunk)
    },
    end() {
      writer.flush()
      if (lengthBytes === null || sent === lengthBytes) upstream.end()
      else fail(lengthMismatch())
    },
  }
}

function lengthMismatch(): AppError {
  return new AppError('BAD_REQUEST', 'The request body does not have the length given in Content-Length.')
}
