import { networkInterfaces } from 'node:os'
import { askStatus } from '../profile/status-commands.ts'
import type { Words } from '../../shared/words.ts'
import { isLoopback } from '../dial/relay-address.ts'
import type { Discovery } from '../upstream/discovery.ts'
import { connectableOrigin, isExposed } from '../upstream/ollama-host.ts'
import { probeUpstream } from '../upstream/probe.ts'
import { refusalText } from '../upstream/refusal.ts'
import { fail, ok, warn, type CheckResult } from './check-result.ts'
import type {
  UpstreamState,
  UpstreamFacts,
  UpstreamRefusal,
  RefusalCause,
} from '../upstream/upstream-state.ts'

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
      found.baseUrl === null
        ? {
            cli: 'Start Ollama (https://ollama.com/download), or set your model server’s address: --upstream <url>',
            app: 'Start Ollama (https://ollama.com/download), or set your model server’s address in the settings.',
          }
        : {
            cli: 'Start the model server there, or set its address: --upstream <url>',
            app: 'Start the model server there, or set its address in the settings.',
          },
    )
  if (found.kind === 'refusing') return refusalFinding(found.refusal)
  const { name, baseUrl, models } = found.facts
  const detail = `${name} responds at ${baseUrl} and has ${models.length} model${models.length === 1 ? '' : 's'}.`
  return models.length === 0 ? warn('upstream', detail, pullFix(found.facts)) : ok('upstream', detail)
}

const REFUSAL_FIXES: Readonly<Record<RefusalCause, Words>> = {
  needsKey: {
    cli: 'Set its API key: cloudtolocalllm upstream set-key',
    app: 'Enter its API key in the settings.',
  },
  keyRefused: {
    cli: 'Set the correct API key: cloudtolocalllm upstream set-key',
    app: 'Enter the correct API key in the settings.',
  },
  loading:
    'Wait until the model is loaded. If it does not finish loading, check the log of the model server.',
  failing: 'Check the log of the model server, and restart it.',
}

/** A loading server needs no fix. */
function refusalFinding(refusal: UpstreamRefusal): CheckResult {
  const finding = refusal.cause === 'loading' ? warn : fail
  return finding('upstream', refusalText(refusal), REFUSAL_FIXES[refusal.cause])
}

function pullFix({ kind, name }: UpstreamFacts): Words {
  if (kind !== 'ollama') return `Load a model in ${name}.`
  return { cli: 'Get a model: ollama pull llama3.2', app: 'Get a model in Ollama, such as llama3.2.' }
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

const EXPOSURE_FIX: Words = {
  cli:
    'Unset OLLAMA_HOST where Ollama is started (or set it to 127.0.0.1), turn off "Expose Ollama to the network" or ' +
    '"Serve on local network", and restart it. The bridge only needs access from this machine.',
  app:
    'Turn off "Expose Ollama to the network" or "Serve on local network" in the model server’s settings, and restart it. ' +
    'The app only needs access from this computer.',
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
  if (exposed.length > 0)
    return warn(
      'exposure',
      `The model server is also reachable at ${exposed.join(' and ')}: anyone on that network can use it without a key.`,
      EXPOSURE_FIX,
    )
  if (ollamaHost && opensThisMachine(ollamaHost, addresses))
    return warn(
      'exposure',
      {
        cli: `OLLAMA_HOST=${ollamaHost} exposes Ollama to the network: anyone there can use it without a key.`,
        app: 'Ollama is exposed to the network: anyone there can use it without a key.',
      },
      EXPOSURE_FIX,
    )
  return ok('exposure', 'The model server does not appear to be exposed to the network.')
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
