import { isIPv4 } from 'node:net'
import { errorCase } from '../../shared/error-cases.ts'
import { AppError } from '../../shared/errors.ts'
import { isPlainPath } from '../../shared/plain-path.ts'

interface ListenAddress {
  readonly scheme: string
  /** Without brackets. Empty means every interface, like in Go. */
  readonly host: string
  readonly port: string
}

/**
 * Parses `--upstream`: like `connectableOrigin`, but keeps the path without a trailing slash. A trailing `/v1` is
 * dropped, since clients include it in base URLs.
 * @throws AppError CONFIG_INVALID
 */
export function parseUpstreamUrl(text: string): string {
  const origin = connectableOrigin(text)
  const path = pathOf(text).replace(/\/+$/, '').replace(/\/v1$/, '')
  if (isPlainPath(path)) return origin + path
  throw invalidUpstream()
}

/**
 * The origin of an Ollama with this `OLLAMA_HOST`: adds scheme and port, replaces wildcard addresses by loopback, drops
 * the path (ollama/ollama envconfig/config.go:39-82).
 * @throws AppError CONFIG_INVALID
 */
export function connectableOrigin(ollamaHost: string): string {
  const { scheme, host, port } = parseListenAddress(ollamaHost)
  // Node resolves "localhost" to ::1 first, where Ollama does not listen.
  const reachable = isWildcard(host) || host.toLowerCase() === 'localhost' ? '127.0.0.1' : host
  const text = `${scheme}://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
  const isHttp = scheme === 'http' || scheme === 'https'
  if (isHttp && !/[@?#]/.test(ollamaHost) && URL.canParse(text)) return new URL(text).origin
  throw invalidUpstream()
}

/** Whether the server with this `OLLAMA_HOST` is reachable from other machines. */
export function isExposed(ollamaHost: string): boolean {
  const host = parseListenAddress(ollamaHost).host.toLowerCase()
  return !(host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.')))
}

function parseListenAddress(ollamaHost: string): ListenAddress {
  const text = unquoted(ollamaHost)
  const [, scheme, rest = text] = /^([^:/]*):\/\/(.*)$/.exec(text) ?? []
  const hostPort = rest.split('/', 1)[0] ?? ''
  const defaultPort = scheme === 'http' ? '80' : scheme === 'https' ? '443' : '11434'
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:[\]]*)):([^:]*)$/.exec(hostPort) ?? []
  const bare = hostPort.replaceAll(/^\[|\]$/g, '')
  return {
    scheme: (scheme ?? 'http').toLowerCase(),
    host: bracketed ?? plain ?? (bare === '' ? '127.0.0.1' : bare),
    port: isPort(port) ? port : defaultPort,
  }
}

function pathOf(text: string): string {
  return /^(?:[^:/]*:\/\/)?[^/]*(\/.*)?$/s.exec(unquoted(text))?.[1] ?? ''
}

function unquoted(text: string): string {
  return text.trim().replaceAll(/^["']+|["']+$/g, '')
}

function invalidUpstream(): AppError {
  return new AppError('CONFIG_INVALID', errorCase('case.upstream.url'))
}

function isPort(text: string | undefined): text is string {
  return text !== undefined && /^\d{1,5}$/.test(text) && Number(text) <= 65_535
}

function isWildcard(host: string): boolean {
  return host === '' || host === '0.0.0.0' || /^[0:]*:[0:]*$/.test(host)
}
