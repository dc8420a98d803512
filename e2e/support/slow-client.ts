import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'

/** A client that reads its response only on request. */
export class SlowClient {
  readonly #response: IncomingMessage
  readonly #hash = createHash('sha256')
  readonly #ended: Promise<unknown>
  #bytes = 0
  #wantedBytes = 0
  #satisfied = (): void => {}

  private constructor(response: IncomingMessage) {
    this.#response = response
    this.#ended = once(response, 'end')
    // The test destroyed it early.
    this.#ended.catch(() => {})
    response.on('data', (chunk: Buffer) => this.#take(chunk))
    response.pause()
  }

  /** Posts the body and waits for the response head. */
  static async post(url: string, body: object): Promise<SlowClient> {
    const outgoing = request(url, { method: 'POST', agent: false })
    outgoing.end(JSON.stringify(body))
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
    return new SlowClient(response)
  }

  /** Reads at least this many more bytes, then pauses. */
  async read(bytes: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wantedBytes = this.#bytes + bytes
    this.#satisfied = resolve
    this.#response.resume()
    await promise
  }

  /** Reads to the end. */
  async readAll(): Promise<{ readonly bytes: number; readonly sha256: string }> {
    this.#wantedBytes = Infinity
    this.#response.resume()
    await this.#ended
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') }
  }

  destroy(): void {
    this.#response.destroy()
  }

  #take(chunk: Buffer): void {
    this.#bytes += chunk.length
    this.#hash.update(chunk)
    if (this.#bytes < this.#wantedBytes) return
    this.#response.pause()
    this.#satisfied()
  }
}
