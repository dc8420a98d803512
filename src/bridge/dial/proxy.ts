import { HttpsProxyAgent } from 'https-proxy-agent'
import { getProxyForUrl } from 'proxy-from-env'

import type { Clock } from '../../shared/clock.ts'
import { errorCase } from '../../shared/error-cases.ts'
import { AppError } from '../../shared/errors.ts'
import { isLoopback } from './relay-address.ts'

/** Timeout for opening a CONNECT tunnel. */
const CONNECT_TIMEOUT_MS = 10_000

type ConnectArguments = Parameters<HttpsProxyAgent<string>['connect']>

/** Adds a timeout for silent proxies: ws and node:http only time sockets they already have. */
class ProxyAgent extends HttpsProxyAgent<string> {
  readonly #clock: Clock

  constructor(proxyUrl: string, clock: Clock) {
    super(proxyUrl)
    this.#clock = clock
  }

  override async connect(...args: ConnectArguments): ReturnType<HttpsProxyAgent<string>['connect']> {
    const deadline = new AbortController()
    const timer = this.#clock.after(CONNECT_TIMEOUT_MS, () => deadline.abort())
    this.connectOpts = { ...this.connectOpts, signal: deadline.signal }
    try {
      return await super.connect(...args)
    } finally {
      timer.cancel()
    }
  }
}

/** A route through a proxy. */
export interface ProxyRoute {
  /** Opens a CONNECT tunnel for each socket, even for plain `ws://`, since proxies rarely pass upgrades. */
  readonly agent: ProxyAgent
  /** The proxy's URL without its password, for display and logs. */
  readonly shownUrl: string
}

/**
 * The proxy for a relay according to HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY; `null` for a direct connection,
 * which a relay on this machine always gets.
 * @param relayUrl http(s) URL, whose scheme selects HTTPS_PROXY or HTTP_PROXY
 * @throws AppError CONFIG_INVALID if the variable is not an http(s) URL
 */
export function proxyFor(relayUrl: URL, clock: Clock): ProxyRoute | null {
  if (isLoopback(relayUrl)) return null
  const named = getProxyForUrl(relayUrl.href)
  if (named === '') return null
  const proxy = URL.parse(withScheme(named))
  if (proxy === null || !['http:', 'https:'].includes(proxy.protocol) || proxy.hostname === '')
    throw new AppError('CONFIG_INVALID', errorCase('case.proxyUrl'))
  return { agent: new ProxyAgent(proxy.href, clock), shownUrl: proxy.origin }
}

/** proxy-from-env gives a bare `host:port` the relay's scheme; like curl, treat it as a plain HTTP proxy. */
function withScheme(named: string): string {
  return Object.values(process.env).includes(named) ? named : named.replace(/^https:/, 'http:')
}
