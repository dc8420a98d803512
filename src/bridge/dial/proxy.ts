import { HttpsProxyAgent } from 'https-proxy-agent'
import { getProxyForUrl } from 'proxy-from-env'

import { AppError } from '../../shared/errors.ts'
import { isLoopback } from './relay-address.ts'

/** The way through a proxy. */
export interface ProxyRoute {
  /** Opens a CONNECT tunnel for each socket, also for plain `ws://`: proxies rarely pass upgrades. */
  readonly agent: HttpsProxyAgent<string>
  /** The proxy's URL for people and logs, without its password. */
  readonly shownUrl: string
}

/**
 * The proxy that HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY of this process name for a relay; `null` = direct, as
 * always on this machine.
 * @param relayUrl http(s): what decides between HTTPS_PROXY and HTTP_PROXY.
 * @throws AppError CONFIG_INVALID where the variable holds no http(s) URL.
 */
export function proxyFor(relayUrl: URL): ProxyRoute | null {
  if (isLoopback(relayUrl)) return null
  const named = getProxyForUrl(relayUrl.href)
  if (named === '') return null
  const proxy = URL.parse(withScheme(named))
  if (proxy === null || !['http:', 'https:'].includes(proxy.protocol) || proxy.hostname === '')
    throw new AppError(
      'CONFIG_INVALID',
      'HTTPS_PROXY, HTTP_PROXY or ALL_PROXY does not hold a URL like http://proxy:3128',
    )
  return { agent: new HttpsProxyAgent(proxy.href), shownUrl: proxy.origin }
}

/** proxy-from-env gives a bare `host:port` the relay's own scheme; what people mean is a plain proxy, as for curl. */
function withScheme(named: string): string {
  return Object.values(process.env).includes(named) ? named : named.replace(/^https:/, 'http:')
}
