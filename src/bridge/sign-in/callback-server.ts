import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from '../../shared/clock.ts'
import { callbackPage, type CallbackOutcome, type CallbackPage } from './callback-page.ts'

/** The browser has returned and waits for a page. */
export interface Arrival {
  readonly url: URL
  show(outcome: CallbackOutcome): void
}

const PATH = '/callback'
/** Time for the final page to reach the browser. */
const LINGER_MS = 2_000

/** The redirect target of the browser (RFC 8252, section 7.3): a loopback port, open for one sign-in. */
export class CallbackServer {
  readonly redirectUri: string
  readonly #server: Server
  readonly #clock: Clock
  readonly #arrival = Promise.withResolvers<Arrival>()
  readonly #state: string
  #hasArrived = false

  private constructor(server: Server, state: string, clock: Clock) {
    this.#server = server
    this.#state = state
    this.#clock = clock
    this.redirectUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}${PATH}`
    server.on('request', (request, response) => this.#handle(request, response))
  }

  /** @param state the expected `state`; other requests are refused */
  static async start(state: string, clock: Clock): Promise<CallbackServer> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new CallbackServer(server, state, clock)
  }

  /** Resolves with the first valid redirect. */
  get arrival(): Promise<Arrival> {
    return this.#arrival.promise
  }

  close(): void {
    this.#server.close()
    this.#clock.after(LINGER_MS, () => this.#server.closeAllConnections())
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const url = URL.parse(request.url ?? '', this.redirectUri)
    const isOurs = url?.pathname === PATH && url.searchParams.get('state') === this.#state
    const show = (outcome: CallbackOutcome): void =>
      send(response, callbackPage(outcome, request.headers['accept-language']))
    if (request.method !== 'GET' || !isOurs || this.#hasArrived) return show({ kind: 'stray' })
    this.#hasArrived = true
    this.#arrival.resolve({ url, show })
  }
}

function send(response: ServerResponse, { status, html }: CallbackPage): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
    connection: 'close',
  })
  response.end(html)
}
