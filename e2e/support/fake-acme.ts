import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { CERTIFICATES } from './certificates.ts'

export interface FakeAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON unless it is text. */
  readonly body?: unknown
}

/** An ACME server without logic: each path gives the response that the test specifies. */
export class FakeAcme {
  /** Overrides, by path. */
  readonly answers = new Map<string, FakeAnswer>()
  /** Payloads by path, decoded; `''` for reads. */
  readonly seen: {
    readonly path: string
    readonly payload: unknown
    readonly header: Record<string, unknown>
  }[] = []
  readonly #server: Server

  private constructor() {
    const { cert, key } = CERTIFICATES.first
    this.#server = createServer({ cert, key }, (request, response) => {
      void request.toArray().then((chunks) => {
        const path = request.url ?? ''
        const text = Buffer.concat(chunks).toString()
        if (text !== '') this.seen.push({ path, ...decoded(text) })
        const { status = 200, headers, body } = this.answers.get(path) ?? this.#usual(path)
        response.writeHead(status, { 'replay-nonce': `nonce-${this.seen.length}`, ...headers })
        response.end(typeof body === 'string' ? body : JSON.stringify(body ?? {}))
      })
    })
  }

  static async start(): Promise<FakeAcme> {
    const fake = new FakeAcme()
    fake.#server.listen(0, '127.0.0.1')
    await once(fake.#server, 'listening')
    return fake
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Refuses requests to a resource with a problem document. */
  refuse(
    path: string,
    type: string,
    detail: string,
    headers: Readonly<Record<string, string>> = {},
    status = 400,
  ): void {
    const body = { type: `urn:ietf:params:acme:error:${type}`, detail }
    this.answers.set(path, { status, headers, body })
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #usual(path: string): FakeAnswer {
    const { url } = this
    switch (path) {
      case '/directory':
        return { body: { newNonce: `${url}/nonce`, newAccount: `${url}/account`, newOrder: `${url}/orders` } }
      case '/account':
        return { status: 201, headers: { location: `${url}/account/1` } }
      case '/orders':
        return { status: 201, headers: { location: `${url}/order` }, body: this.#order('pending') }
      case '/authorization':
        return {
          body: {
            status: 'pending',
            challenges: [{ type: 'http-01', url: `${url}/challenge`, token: 'token' }],
          },
        }
      case '/order':
        return { body: this.#order('ready') }
      default:
        return {}
    }
  }

  #order(status: string) {
    const { url } = this
    return { status, authorizations: [`${url}/authorization`], finalize: `${url}/finalize` }
  }
}

function decoded(text: string): { payload: unknown; header: Record<string, unknown> } {
  const { payload, protected: header } = JSON.parse(text) as { payload: string; protected: string }
  const plain = (part: string) => Buffer.from(part, 'base64url').toString()
  return { payload: payload === '' ? '' : JSON.parse(plain(payload)), header: JSON.parse(plain(header)) }
}
