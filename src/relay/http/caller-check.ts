import { isIP } from 'node:net'
import { AppError } from '../../shared/errors.ts'
import { headersOf, type RawHeaders } from '../../shared/headers.ts'
import type { RelayConfig } from '../config.ts'

export type CallerCheckConfig = Pick<RelayConfig, 'host' | 'publicUrl' | 'trustedHosts' | 'trustedOrigins'>

/**
 * Protects endpoints from web pages in a user's browser. A page can make its own name resolve to this relay (DNS
 * rebinding), and send simple requests and open WebSockets across origins; it cannot forge Host or Origin.
 */
export class CallerCheck {
  readonly #hosts: ReadonlySet<string>
  readonly #origins: ReadonlySet<string>

  constructor({ host, publicUrl, trustedHosts, trustedOrigins }: CallerCheckConfig) {
    const own = publicUrl === undefined ? undefined : new URL(publicUrl)
    const names = [host, ...trustedHosts, ...(own === undefined ? [] : [own.hostname])]
    this.#hosts = new Set(names.map((name) => name.toLowerCase()))
    this.#origins = new Set([...trustedOrigins, ...(own === undefined ? [] : [own.origin])])
  }

  /** @throws AppError HOST_NOT_TRUSTED, ORIGIN_NOT_TRUSTED */
  check(headers: RawHeaders): void {
    for (const host of headersOf(headers, 'host'))
      if (!this.#isOwnHost(host)) throw new AppError('HOST_NOT_TRUSTED')
    this.checkOrigin(headers)
  }

  /** @throws AppError ORIGIN_NOT_TRUSTED */
  checkOrigin(headers: RawHeaders): void {
    const origins = headersOf(headers, 'origin')
    const isForeign = origins.some((origin) => !this.#isOwnOrigin(origin, headersOf(headers, 'host')))
    // Browsers send no Origin with a plain GET, but do send Sec-Fetch-Site.
    const isCrossSite = origins.length === 0 && headersOf(headers, 'sec-fetch-site').includes('cross-site')
    if (isForeign || isCrossSite) throw new AppError('ORIGIN_NOT_TRUSTED')
  }

  /** IP addresses are always allowed, since they cannot be rebound. */
  #isOwnHost(host: string): boolean {
    const name = nameIn(host)
    if (name === undefined) return false
    return isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 || isLocalName(name) || this.#hosts.has(name)
  }

  #isOwnOrigin(origin: string, hosts: readonly string[]): boolean {
    if (this.#origins.has(origin)) return true
    const { host, protocol } = URL.parse(origin) ?? {}
    if (host === undefined || host === '') return false
    return hosts.every((value) => this.#isOwnHost(value) && URL.parse(`${protocol}//${value}`)?.host === host)
  }
}

function isLocalName(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost')
}

/** The host without its port, in lower case. */
function nameIn(host: string): string | undefined {
  return /^(\[[\da-f:.]+\]|[\w.-]+?)\.?(?::\d*)?$/i.exec(host)?.[1]?.toLowerCase()
}
