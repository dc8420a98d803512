import { networkInterfaces } from 'node:os'
import { askStatus } from '../profile/status-commands.ts'
import type { KeyedText } from '../../shared/words.ts'
import { isLoopback } from '../dial/relay-address.ts'
import type { Discovery } from '../upstream/discovery.ts'
import { connectableOrigin, isExposed } from '../upstream/ollama-host.ts'
import { probeUpstream } from '../upstream/probe.ts'
import { refusalWords } from '../upstream/refusal.ts'
import { fail, ok, warn, type CheckResult } from './check-result.ts'
import { checkWords } from './check-words.ts'
import type { UpstreamState, UpstreamFacts, UpstreamRefusal } from '../upstream/upstream-state.ts'

/** The upstream URL of the running bridge, including one passed as an option. */
export async function askUrlInUse(dataDir: string): Promise<string | undefined> {
  // A bridge of another version may not report it.
  const status = await askStatus(dataDir).catch(() => null)
  return status === null ? undefined : urlInUse(status.upstream)
}

/** The upstream URL of a bridge in this state. */
export function urlInUse(upstream: UpstreamState): string | undefined {
  switch (upstream.kind) {
    case 'up':
      return upstream.facts.baseUrl
    case 'refusing':
      return upstream.refusal.baseUrl
    case 'down':
      return upstream.baseUrl ?? undefined
    case 'unknown':
      return undefined
  }
}

export function assessUpstream(found: Discovery): CheckResult {
  if (found.kind === 'missing')
    return fail(
      'upstream',
      found.reason,
      checkWords(found.baseUrl === null ? 'fix.upstream.none' : 'fix.upstream.silent'),
    )
  if (found.kind === 'refusing') return refusalFinding(found.refusal)
  const { name, baseUrl: url, models } = found.facts
  const detail = checkWords('finding.upstream.found', { name, url, count: models.length })
  return models.length === 0 ? warn('upstream', detail, pullFix(found.facts)) : ok('upstream', detail)
}

/** A loading server needs no fix. */
function refusalFinding(refusal: UpstreamRefusal): CheckResult {
  const finding = refusal.cause === 'loading' ? warn : fail
  return finding('upstream', refusalWords(refusal), checkWords(`fix.upstream.${refusal.cause}`))
}

function pullFix({ kind, name }: UpstreamFacts): KeyedText {
  return kind === 'ollama'
    ? checkWords('fix.upstream.noModels.ollama')
    : checkWords('fix.upstream.noModels.other', { name })
}

/** This machine's external addresses. IPv4 suffices: a server exposed on one is exposed on the other. */
export function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return all.filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address)
}

/** Origins beyond loopback where the model server responds. The environment of a service is not visible from here. */
export async function exposedOrigins(baseUrl: string, addresses: readonly string[]): Promise<string[]> {
  const url = new URL(baseUrl)
  const { protocol, port } = url
  if (!isLoopback(url)) return []
  const origins = addresses.map((address) => `${protocol}//${address}${port === '' ? '' : `:${port}`}`)
  const answers = await Promise.all(origins.map((candidate) => probeUpstream(candidate)))
  return origins.filter((_, i) => answers[i]?.kind === 'up')
}

/**
 * Warns if the model server is reachable from the network.
 * @param ollamaHost OLLAMA_HOST in this environment; may refer to another server
 * @param addresses of this machine
 * @param exposed origins beyond loopback where the model server responded
 */
export function assessExposure(
  ollamaHost: string | undefined,
  addresses: readonly string[],
  exposed: readonly string[],
): CheckResult {
  const fix = checkWords('fix.exposure')
  if (exposed.length > 0)
    return warn('exposure', checkWords('finding.exposure.reachable', { origins: { list: exposed } }), fix)
  if (ollamaHost && opensThisMachine(ollamaHost, addresses))
    return warn('exposure', checkWords('finding.exposure.variable', { host: ollamaHost }), fix)
  return ok('exposure', checkWords('finding.exposure.none'))
}

function opensThisMachine(ollamaHost: string, addresses: readonly string[]): boolean {
  try {
    const origin = new URL(connectableOrigin(ollamaHost))
    return isExposed(ollamaHost) && (isLoopback(origin) || addresses.includes(origin.hostname))
  } catch {
    // Ollama cannot parse it either.
    return false
  }
}
