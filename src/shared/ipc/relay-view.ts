/** Reach of the built-in relay: programs on this computer only, or all devices in its network. */
export const RELAY_REACHES = ['computer', 'network'] as const

export type RelayReach = (typeof RELAY_REACHES)[number]

/** Why the built-in relay does not run. `stopped`: it ended, and the log says why. */
export type BuiltInRelayFailure = 'portInUse' | 'stopped'

/** `failure`: `null` if it runs and this device is paired with it. `noNetwork`: there is none to open it to. */
export interface BuiltInRelayStart {
  readonly failure: BuiltInRelayFailure | 'noNetwork' | null
}

/** The relay this device is paired with. */
export interface RelayView {
  /** If it is the built-in one, its URL for clients instead of the dialled one; `null` until it has sent it. */
  readonly url: string | null
  /** Reach of the relay at the moment if it is the built-in one; `null` for any other. */
  readonly builtIn: RelayReach | null
  /** How this device was registered: "Paired" or "Signed in with accounts.example.com". */
  readonly account: string
  readonly rttMs: number | null
  readonly deviceName: string
  readonly deviceId: string
}

/** The sign-in options that a relay offers to an unknown device. */
export interface RelayOfferView {
  readonly url: string
  readonly name: string
  readonly pairing: boolean
  /** Host of the trusted identity provider, if any. */
  readonly issuer: string | null
  /** On this computer, so that no other device can use it. */
  readonly isLocal: boolean
  /** Audience of access tokens if it is not the relay's own URL: the user has to confirm it. */
  readonly audience: string | null
  /** Warnings before connecting, such as a URL without TLS. */
  readonly warning: string | null
}
