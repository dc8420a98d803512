import { isLoopback } from '../bridge/dial/relay-address.ts'
import type { KeyRecord } from '../bridge/keys/key-record.ts'
import { chatUrlOf, EXAMPLE_MODEL } from '../bridge/profile/client-lines.ts'
import { askStatus } from '../bridge/profile/status-commands.ts'
import type { UpstreamFacts } from '../bridge/upstream/upstream-state.ts'
import { clientSnippets } from './client-snippets.ts'
import { devicesOf } from './devices.ts'
import type { Output } from './output.ts'
import { sayQr } from './qr-code.ts'
import { term } from './terminal-text.ts'

/** How clients reach this device. */
export interface Reach {
  /** The relay's URL. */
  readonly url: string
  /** The model server, if a bridge is running and has found one. */
  readonly upstream: Pick<UpstreamFacts, 'kind' | 'models'> | undefined
}

/** From the running bridge, or else from the pairing. @throws AppError NOT_PAIRED */
export async function reachOf(dataDir: string, output: Output): Promise<Reach> {
  const status = await askStatus(dataDir)
  const upstream = status?.upstream.kind === 'up' ? status.upstream.facts : undefined
  const url = status?.url ?? status?.device?.relayUrl ?? (await devicesOf(dataDir, output).relayUrl())
  return { url: url.replace(/\/$/, ''), upstream }
}

/** Prints everything that another device needs to use the key. */
export function sayKeyCard(record: KeyRecord, key: string, { url, upstream }: Reach, output: Output): void {
  const model = record.models?.[0] ?? upstream?.models[0] ?? EXAMPLE_MODEL
  const link = chatUrlOf({ url, key })
  output.say('')
  if (isLoopback(new URL(url))) {
    output.say('Only this computer can reach this relay, so there is no QR code.')
    output.say('For a phone, run a relay on a server: see "Use your own relay" in README.md.')
  } else {
    sayQr(link, output)
    output.say('')
    output.say('Scan the code with a phone, or open the link on any device.')
  }
  output.say('')
  for (const line of clientSnippets({ url, key, model }, upstream?.kind)) output.say(line)
  output.say(term`  Key\n    ${key}`)
  output.say('')
  output.say('Save the key now: this is the only time it is shown.')
  output.say('Anyone who has the key can use your models.')
}
