import { ByteQueue } from '../../shared/byte-queue.ts'
import type { Clock } from '../../shared/clock.ts'
import type { RawHeaders } from '../../shared/headers.ts'
import { parseResponseMessage } from '../../shared/proxy-head.ts'
import type { TunnelStream } from '../../tunnel/stream.ts'

/** A device's complete response to a small request. */
export interface DeviceAnswer {
  readonly status: number
  readonly headers: RawHeaders
  readonly body: Uint8Array
  /** Number of devices covered by another relay's response. */
  readonly devices?: number
}

export interface QuestionOptions {
  readonly clock: Clock
  readonly timeoutMs: number
  readonly maxBytes: number
  /** Aborted when the response is no longer needed. */
  readonly signal: AbortSignal
  /** Request body; small. */
  readonly body?: Uint8Array
}

/** The response on a newly opened stream; `undefined` if it is incomplete or late. */
export function answerOn(stream: TunnelStream, options: QuestionOptions): Promise<DeviceAnswer | undefined> {
  const { clock, timeoutMs, maxBytes, signal, body: question } = options
  const body = new ByteQueue()
  let head: { readonly status: number; readonly headers: RawHeaders } | undefined
  return new Promise((resolve) => {
    const giveUp = (): void => {
      stream.reset('CANCELLED')
      settle(undefined)
    }
    const timer = clock.after(timeoutMs, giveUp)
    const settle = (answer: DeviceAnswer | undefined): void => {
      timer.cancel()
      signal.removeEventListener('abort', giveUp)
      resolve(answer)
    }
    signal.addEventListener('abort', giveUp)
    stream.attach({
      message(encoded) {
        try {
          const message = parseResponseMessage(encoded)
          if (message.type === 'head') head = message
        } catch {
          giveUp()
        }
      },
      data(chunk) {
        stream.release(chunk.length)
        if (body.bytes + chunk.length > maxBytes) return giveUp()
        body.push(chunk)
      },
      end: () => settle(head && { status: head.status, headers: head.headers, body: body.takeAll() }),
      reset: () => settle(undefined),
      drain() {},
    })
    if (question !== undefined) stream.write(question)
    stream.end()
  })
}
