import { BlockList, isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import { z } from 'zod'
import { isPlainText } from '../shared/plain-text.ts'

/** The maximum that bridges accept. */
const MAX_URL_CHARS = 1024

export function toPublicUrl(value: string, context: z.RefinementCtx): string {
  const url = URL.parse(value)
  const plain = url !== null && !url.username && !url.password && !url.search && !url.hash
  const isShown = isPlainText(value) && value.length <= MAX_URL_CHARS
  if (plain && isShown && /^https?:$/.test(url.protocol)) return url.href.replace(/\/+$/, '')
  context.addIssue('not a plain http(s) URL')
  return z.NEVER
}

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
/** The last label of a name begins with a letter, unlike that of an IPv4 address. */
const DOMAIN = new RegExp(String.raw`^(?:${LABEL}\.)+(?=[a-z])${LABEL}$`)
/** A certificate is stored in a file of this name, so it is shorter than DNS allows. */
const MAX_DOMAIN_CHARS = 200

/** A host name in ASCII and lower case. */
export function toDomain(value: string, context: z.RefinementCtx): string {
  // The conversion would drop a path or a port.
  const domain = /[\s/\\?#@:%]/.test(value) ? '' : domainToASCII(value)
  const isLocal = /(?:^|\.)localhost$/.test(domain)
  if (DOMAIN.test(domain) && domain.length <= MAX_DOMAIN_CHARS && !isLocal) return domain
  context.addIssue('not a host name')
  return z.NEVER
}

export function isHttpsUrl(value: string): boolean {
  const url = URL.parse(value)
  return (
    url?.protocol === 'https:' && url.username === '' && url.password === '' && value.length <= MAX_URL_CHARS
  )
}

/** Relays use TLS among themselves, even if an older setting has `http:`. */
export function toTlsUrl(url: string): string {
  const { protocol, host, port } = new URL(url)
  return `https://${protocol === 'http:' && port === '' ? `${host}:80` : host}`
}

/** Keys and sign-ins come from the issuer, so its responses must not be modifiable in transit. */
export function isIssuer(value: string): boolean {
  const url = URL.parse(value)
  if (url === null || url.username !== '' || url.search !== '' || url.hash !== '') return false
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))
}

/** Published as one line: it must not contain line breaks or credentials. */
export function isContact(value: string): boolean {
  if (value.length > MAX_URL_CHARS || !/^[!-~]+$/.test(value)) return false
  const url = URL.parse(value)
  if (url?.protocol === 'mailto:') return /^[^/@?]+@[^/@?]+$/.test(url.pathname)
  return url?.protocol === 'https:' && url.username === '' && url.password === ''
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.[\d.]+$/.test(hostname)
}

export function isOrigin(value: string): boolean {
  return value === '*' || isOneOrigin(value)
}

/** In the form sent by browsers. */
export function isOneOrigin(value: string): boolean {
  return URL.parse(value)?.origin === value
}

export function isRedisUrl(value: string): boolean {
  return /^rediss?:$/.test(URL.parse(value)?.protocol ?? '')
}

export function toBlockList(items: readonly string[], context?: z.RefinementCtx): BlockList {
  const peers = new BlockList()
  for (const item of items) {
    if (item === 'none') continue
    const ranges = item === 'loopback' ? ['127.0.0.0/8', '::1'] : [item]
    if (!ranges.every((range) => addRange(peers, range))) context?.addIssue(`not an address: ${item}`)
  }
  return peers
}

function addRange(peers: BlockList, range: string): boolean {
  const [address = '', prefix, ...rest] = range.split('/')
  const version = isIP(address)
  const bits = version === 4 ? 32 : 128
  if (version === 0 || rest.length > 0 || (prefix !== undefined && !/^\d{1,3}$/.test(prefix))) return false
  if (Number(prefix ?? bits) > bits) return false
  peers.addSubnet(address, Number(prefix ?? bits), version === 4 ? 'ipv4' : 'ipv6')
  return true
}
