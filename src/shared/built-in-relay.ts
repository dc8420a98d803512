/** Messages between the desktop app and the process of its built-in relay. */
import type { ErrorCode } from './errors.ts'

export interface BuiltInRelaySettings {
  /** For the relay only: the signing key and revoked devices. */
  readonly dataDir: string
  /** The address to listen on. */
  readonly host: string
  readonly port: number
  /** The URL for clients. */
  readonly publicUrl: string
}

export type BuiltInRelayCommand =
  | { readonly kind: 'start'; readonly settings: BuiltInRelaySettings }
  /** Lets running requests finish for a moment, then ends the process. */
  | { readonly kind: 'stop' }

export type BuiltInRelayEvent =
  /** `pairingCode`: valid once, for the app itself. */
  | { readonly kind: 'listening'; readonly pairingCode: string }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string }
