import { z } from 'zod'
import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import { askRelay, DESCRIPTION_PATH, errorInAnswer } from '../dial/relay-request.ts'

const Oidc = z.object({
  issuer: z.url({ protocol: /^https?$/ }),
  /** The public client id for desktops. */
  clientId: z.string().min(1),
  /** The audience of the access token. */
  audience: z
    .string()
    .min(1)
    .max(512)
    .regex(/^\P{C}+$/u),
  /** Separated by spaces. */
  scopes: z.string(),
})

const Description = z.object({
  name: z.literal('cloudtolocalllm'),
  version: z.string(),
  signIn: z.object({ pairing: z.boolean(), oidc: Oidc.nullable() }),
})

/** Parameters for signing in at a relay's identity provider. */
export type OidcOffer = Readonly<z.infer<typeof Oidc>>

/** A relay's self-description for unknown devices. */
export interface RelayOffer {
  /** As returned by `parseRelayUrl`. */
  readonly url: URL
  readonly name: string
  readonly version: string
  /** Whether one-time codes are accepted. */
  readonly pairing: boolean
  readonly oidc: OidcOffer | null
}

/** @throws AppError RELAY_UNREACHABLE; RELAY_REFUSED if this is not a relay */
export async function lookAtRelay(url: URL, clock: Clock): Promise<RelayOffer> {
  const answer = await askRelay(url, DESCRIPTION_PATH, clock)
  if (answer.status !== 200) throw errorInAnswer(answer, {})
  return parseRelayOffer(url, answer.body)
}

/** @throws AppError RELAY_REFUSED */
export function parseRelayOffer(url: URL, body: string): RelayOffer {
  try {
    const { name, version, signIn } = Description.parse(JSON.parse(body))
    return { url, name, version, ...signIn }
  } catch (cause) {
    throw new AppError('RELAY_REFUSED', undefined, { cause })
  }
}
