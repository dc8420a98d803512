import type { BodyShape } from '../../shared/body-shape.ts'
import type { Clock, Timer } from '../../shared/clock.ts'
import type { ErrorCode } from '../../shared/errors.ts'
import type { RawHeaders } from '../../shared/headers.ts'
import { encodeMessage, type ResponseMessage } from '../../shared/proxy-head.ts'
import type { TunnelStream } from '../../tunnel/stream.ts'
import type { RequestReport } from './request-report.ts'

/** How long the shape of an encodable response is withheld: shorter than any relay's heartbeat delay. */
const SHAPE_HOLD_MS = 10_000

/** The bridge's side of a stream: its messages in order, then the body. */
export class AnswerStream {
  readonly #stream: TunnelStream
  readonly #clock: Clock
  readonly #report: RequestReport
  #isAcceptHeld = false
  /** Follows the withheld acceptance. */
  #heldShape: BodyShape | undefined
  /** Runs while a shape is withheld. */
  #shapeTimer: Timer | undefined

  constructor(stream: TunnelStream, clock: Clock, report: RequestReport) {
    this.#stream = stream
    this.#clock = clock
    this.#report = report
  }

  /** Whether the head was sent. */
  get hasBegun(): boolean {
    return this.#report.status !== null
  }

  /** Whether the relay cannot have started the response itself, as it does not know the shape. */
  get mayBeEncoded(): boolean {
    return this.#shapeTimer !== undefined
  }

  accept(): void {
    this.#send({ type: 'accept' })
  }

  /** Withholds the acceptance until `acceptNow`; a head that is sent first makes it unnecessary. */
  holdAccept(): void {
    this.#isAcceptHeld = true
  }

  acceptNow(): void {
    if (!this.#isAcceptHeld || this.hasBegun) return
    this.#isAcceptHeld = false
    this.accept()
    if (this.#heldShape !== undefined) this.shape(this.#heldShape)
  }

  shape(shape: BodyShape): void {
    if (this.#isAcceptHeld) this.#heldShape = shape
    else this.#send({ type: 'shape', shape })
  }

  /**
   * Withholds the shape of a JSON response while it may still be encoded: after a long wait the relay starts such a
   * response itself and could not continue with an encoded one.
   */
  holdShape(shape: BodyShape): void {
    this.#shapeTimer = this.#clock.after(SHAPE_HOLD_MS, () => {
      this.#shapeTimer = undefined
      this.#send({ type: 'shape', shape, waitedMs: SHAPE_HOLD_MS })
    })
  }

  head(status: number, headers: RawHeaders, error?: ErrorCode): void {
    this.#shapeTimer?.cancel()
    this.#report.status = status
    this.#send(
      error === undefined ? { type: 'head', status, headers } : { type: 'head', status, headers, error },
    )
  }

  usage(tokens: number): void {
    this.#send({ type: 'usage', tokens })
  }

  write(chunk: Uint8Array): boolean {
    this.#report.sent(chunk.length)
    return this.#stream.write(chunk)
  }

  end(): void {
    this.#stream.end()
  }

  /** Drops everything that is withheld. */
  settle(): void {
    this.#shapeTimer?.cancel()
    this.#isAcceptHeld = false
  }

  #send(message: ResponseMessage): void {
    this.#stream.message(encodeMessage(message))
  }
}
