import { HttpsProxyAgent } from 'https-proxy-agent'
import { getProxyForUrl } from 'proxy-from-env'

import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import { isLoopback } from './relay-address.ts'

/** How long a proxy may take to open a CONNECT tunnel. */
const CONNECT_TIMEOUT_MS = 10_000

type ConnectArguments = Parameters<HttpsProxyAgent<string>['connect']>

/** Gives up on a proxy that says nothing: ws and node:http time only sockets that they already have. */
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

/** The way through a proxy. */
export interface ProxyRoute {
  /** Opens a CONNECT tunnel for each socket, also for plain `ws://`: proxies rarely pass upgrades. */
  readonly agent: ProxyAgent
  /** The proxy's URL for people and logs, without its password. */
  readonly shownUrl: string
}

/**
 * The proxy that HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY of this process name for a relay; `null` = direct, as
 * always on this machine.
 * @param relayUrl http(s): what decides between HTTPS_PROXY and HTTP_PROXY.
 * @throws AppError CONFIG_INVALID where the variable holds no http(s) URL.
 */
export function proxyFor(relayUrl: URL, clock: Clock): ProxyRoute | null {
  if (isLoopback(relayUrl)) return null
  const named = getProxyForUrl(relayUrl.href)
  if (named === '') return null
  const proxy = URL.parse(withScheme(named))
  if (proxy === null || !['http:', 'https:'].includes(proxy.protocol) || proxy.hostname === '')
    throw new AppError(
      'CONFIG_INVALID',
      'HTTPS_PROXY, HTTP_PROXY or ALL_PROXY does not hold a URL like http://proxy:3128',
    )
  return { agent: new ProxyAgent(proxy.href, clock), shownUrl: proxy.origin }
}

/** proxy-from-env gives a bare `host:port` the relay's own scheme; what people mean is a plain proxy, as for curl. */
function withScheme(named: string): string {
  return Object.values(process.env).includes(named) ? named : named.replace(/^https:/, 'http:')
}
