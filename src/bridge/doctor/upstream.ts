import { networkInterfaces } from 'node:os'
import { askStatus } from '../desk/status-desk.ts'
import { isLoopback } from '../dial/relay-address.ts'
import type { Discovery } from '../upstream/discovery.ts'
import { connectableOrigin, isExposed } from '../upstream/ollama-host.ts'
import { probeUpstream, type UpstreamFacts } from '../upstream/probe.ts'
import { fail, ok, warn, type Finding } from './finding.ts'

/** Where the running bridge looks for its model server: an option that it was given is known to nobody else. */
export async function originInUse(dataDir: string): Promise<string | undefined> {
  // One of another version may not say.
  const status = await askStatus(dataDir).catch(() => null)
  const upstream = status?.upstream ?? { kind: 'unknown' }
  if (upstream.kind === 'up') return upstream.facts.origin
  return (upstream.kind === 'down' && upstream.origin) || undefined
}

export function judgeUpstream(found: Discovery): Finding {
  if (found.kind === 'missing')
    return fail(
      'upstream',
      found.reason,
      'Start Ollama (https://ollama.com/download), or say where your model server is: --upstream <url>',
    )
  const { name, origin, models } = found.facts
  const detail = `${name} answers at ${origin} and has ${models.length} model${models.length === 1 ? '' : 's'}.`
  return models.length === 0 ? warn('upstream', detail, pullFix(found.facts)) : ok('upstream', detail)
}

function pullFix({ kind, name }: UpstreamFacts): string {
  return kind === 'ollama' ? 'Get a model: ollama pull llama3.2' : `Load a model in ${name}.`
}

/** This machine's addresses that others can reach. IPv4 is enough: a server that is open to one is open to the other. */
export function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return all.filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address)
}

/** Where else the model server of this machine answers. The environment of a service cannot be seen from here. */
export async function exposedOrigins(origin: string, addresses: readonly string[]): Promise<string[]> {
  const { protocol, port } = new URL(origin)
  if (!isLoopback(new URL(origin))) return []
  const origins = addresses.map((address) => `${protocol}//${address}${port === '' ? '' : `:${port}`}`)
  const answers = await Promise.all(origins.map((candidate) => probeUpstream(candidate)))
  return origins.filter((_, i) => answers[i] !== null)
}

const EXPOSURE_FIX =
  'Unset OLLAMA_HOST where Ollama is started (or set it to 127.0.0.1), turn off "Expose Ollama to the network" or ' +
  '"Serve on local network", and restart it. The bridge needs no more than this machine.'

/**
 * @param ollamaHost OLLAMA_HOST as it is set here; it may also name some other server.
 * @param addresses this machine's
 * @param exposed origins beyond loopback where the model server answered
 */
export function judgeExposure(
  ollamaHost: string | undefined,
  addresses: readonly string[],
  exposed: readonly string[],
): Finding {
  if (exposed.length > 0)
    return warn(
      'exposure',
      `The model server answers at ${exposed.join(' and ')} too: everybody on that network can use it without a key.`,
      EXPOSURE_FIX,
    )
  if (ollamaHost && opensThisMachine(ollamaHost, addresses))
    return warn(
      'exposure',
      `OLLAMA_HOST=${ollamaHost} opens Ollama to the network: everybody there can use it without a key.`,
      EXPOSURE_FIX,
    )
  return ok('exposure', 'The model server was not found to be open to the network.')
}

function opensThisMachine(ollamaHost: string, addresses: readonly string[]): boolean {
  try {
    const origin = new URL(connectableOrigin(ollamaHost))
    return isExposed(ollamaHost) && (isLoopback(origin) || addresses.includes(origin.hostname))
  } catch {
    // Ollama cannot read it either.
    return false
  }
}
