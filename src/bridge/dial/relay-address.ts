import { BlockList, isIP } from 'node:net'

import { errorCase } from '../../shared/error-cases.ts'
import { AppError } from '../../shared/errors.ts'
import { isPlainText } from '../../shared/plain-text.ts'
import type { KeyedText } from '../../shared/words.ts'

/** A validated relay URL. */
export interface RelayAddress {
  /** http(s), possibly with a path prefix that ends in `/`; no credentials, query or fragment. */
  readonly url: URL
  /** One sentence for the user if the connection is less secure than it should be. */
  readonly warning: KeyedText | null
}

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8)
LOOPBACK.addAddress('::1', 'ipv6')

/** RFC 1918, RFC 6598 (also used by Tailscale), RFC 3927, RFC 4193, RFC 4291. */
const PRIVATE = new BlockList()
PRIVATE.addSubnet('10.0.0.0', 8)
PRIVATE.addSubnet('172.16.0.0', 12)
PRIVATE.addSubnet('192.168.0.0', 16)
PRIVATE.addSubnet('100.64.0.0', 10)
PRIVATE.addSubnet('169.254.0.0', 16)
PRIVATE.addSubnet('fc00::', 7, 'ipv6')
PRIVATE.addSubnet('fe80::', 10, 'ipv6')

const SCHEMES: Readonly<Record<string, 'http:' | 'https:'>> = {
  'http:': 'http:',
  'https:': 'https:',
  'ws:': 'http:',
  'wss:': 'https:',
}

/** The part after the relay's own URL in a client or tunnel URL: key, API or tunnel path, and slashes. */
const CLIENT_PART = /(?:\/k\/[^/]+)?(?:\/(?:v1|api|ws|ws\/tunnel))?\/*$/

/**
 * Parses `--relay`, also from a URL copied from a client's settings. Without TLS the device credential would be sent in
 * cleartext, so plain http is accepted for this machine and private addresses only, unless
 * CLOUDTOLOCALLLM_ALLOW_INSECURE=1.
 * @throws AppError CONFIG_INVALID
 */
export function parseRelayUrl(text: string, env: NodeJS.ProcessEnv): RelayAddress {
  const parsed = URL.parse(text)
  const scheme = SCHEMES[parsed?.protocol ?? '']
  if (parsed === null || scheme === undefined) throw invalid('form')
  if (parsed.username !== '' || parsed.password !== '') throw invalid('user')
  if (parsed.search !== '' || parsed.hash !== '') throw invalid('query')
  const url = new URL(`${scheme}//${parsed.host}${parsed.pathname.replace(CLIENT_PART, '/')}`)
  return { url, warning: scheme === 'https:' ? null : plainWarning(url, env) }
}

/** The maximum length in a relay's WELCOME. */
const MAX_PUBLIC_URL_CHARS = 1024

/**
 * The URL for clients: the relay's public URL if it is acceptable, else the dialled URL. It is displayed, copied and
 * opened, and clients send their key to it, so it must not be less secure than the dialled URL.
 * @param said the relay's public URL
 * @param dialled as returned by `parseRelayUrl`
 * @returns without a trailing slash
 */
export function publicUrlFor(said: string, dialled: URL): string {
  const url = said.length <= MAX_PUBLIC_URL_CHARS && isPlainText(said) ? URL.parse(said) : null
  return (isForClients(url) && !isWeaker(url, dialled) ? url : dialled).href.replace(/\/+$/, '')
}

function isForClients(url: URL | null): url is URL {
  if (url === null || !/^https?:$/.test(url.protocol)) return false
  return `${url.username}${url.password}${url.search}${url.hash}` === ''
}

function isWeaker({ protocol }: URL, dialled: URL): boolean {
  return dialled.protocol === 'https:' && protocol === 'http:'
}

/** The relay's tunnel endpoint. */
export function toTunnelUrl(relayUrl: URL): URL {
  const url = new URL('ws/tunnel', relayUrl)
  url.protocol = relayUrl.protocol === 'https:' ? 'wss:' : 'ws:'
  return url
}

/** Whether the relay is on this machine. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || isWithin(LOOPBACK, hostname)
}

/** Whether an address belongs to a private network. */
export function isPrivate(address: string): boolean {
  return isWithin(PRIVATE, address)
}

function plainWarning(url: URL, env: NodeJS.ProcessEnv): KeyedText | null {
  if (isLoopback(url)) return null
  const allowed = isPrivate(url.hostname) || env['CLOUDTOLOCALLLM_ALLOW_INSECURE'] === '1'
  if (!allowed) throw invalid('plain')
  return errorCase('case.relayUrl.unencrypted', { host: url.host })
}

function isWithin(list: BlockList, hostname: string): boolean {
  const address = hostname.replace(/^\[(.*)\]$/, '$1')
  const version = isIP(address)
  return version !== 0 && list.check(address, version === 6 ? 'ipv6' : 'ipv4')
}

function invalid(mistake: 'form' | 'user' | 'query' | 'plain'): AppError {
  return new AppError('CONFIG_INVALID', errorCase(`case.relayUrl.${mistake}`))
}
