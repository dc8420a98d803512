import { z } from 'zod'
import type { Clock } from '../../shared/clock.ts'
import { AppError } from '../../shared/errors.ts'
import { askRelay, DESCRIPTION_PATH, errorInAnswer } from '../dial/relay-request.ts'

const Oidc = z.object({
  issuer: z.url({ protocol: /^https?$/ }),
  /** The public client that desktops sign in as. */
  clientId: z.string().min(1),
  /** Whom the access token must be meant for. */
  audience: z
    .string()
    .min(1)
    .max(512)
    .regex(/^\P{C}+$/u),
  /** With spaces in between. */
  scopes: z.string(),
})

const Description = z.object({
  name: z.literal('cloudtolocalllm'),
  version: z.string(),
  signIn: z.object({ pairing: z.boolean(), oidc: Oidc.nullable() }),
})

/** What is needed to sign in at a relay's identity provider. */
export type OidcOffer = Readonly<z.infer<typeof Oidc>>

/** What a relay says of itself to a device that it does not know. */
export interface RelayOffer {
  /** As `parseRelayUrl` made it. */
  readonly url: URL
  readonly name: string
  readonly version: string
  /** Whether one-time codes are taken. */
  readonly pairing: boolean
  readonly oidc: OidcOffer | null
}

/** @throws AppError RELAY_UNREACHABLE; RELAY_REFUSED where this is no relay */
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
