import type { ErrorEntry } from './error-entry.ts'

/** Errors between bridge and relay: credentials, pairing, sign-in and the tunnel. */
export const TUNNEL_ERRORS = {
  CREDENTIAL_INVALID: {
    kind: 'auth',
    retry: 'never',
    status: 401,
    closeCode: 4401,
    text: 'The relay does not accept this device’s credential.',
    advice: {
      cli: 'Sign in again, or pair again: cloudtolocalllm pair --relay <url> <code>',
      app: 'Sign in or pair again.',
    },
  },
  CREDENTIAL_EXPIRED: {
    kind: 'auth',
    retry: 'never',
    status: 401,
    closeCode: 4402,
    text: 'This device’s credential has expired.',
    advice: { cli: 'Pair again: cloudtolocalllm pair --relay <url> <code>', app: 'Pair again.' },
  },
  PROOF_INVALID: {
    kind: 'auth',
    retry: 'never',
    status: 401,
    closeCode: 4404,
    text: 'This device did not prove that it holds the key of its credential.',
    advice: {
      cli: 'Let proxies pass X-Ctl-Challenge and X-Ctl-Proof, or pair again: cloudtolocalllm pair --relay <url> <code>',
      app: 'Pair again. If that does not help, a proxy in front of the relay is removing headers.',
    },
  },
  DEVICE_REVOKED: {
    kind: 'auth',
    retry: 'never',
    status: 401,
    closeCode: 4431,
    text: 'This device was revoked by its owner or by the relay’s operator.',
    advice: {
      cli: 'If that was a mistake, pair it again: cloudtolocalllm pair --relay <url> <code>',
      app: 'If that was a mistake, pair it again.',
    },
  },
  TOKEN_EXPIRED: {
    kind: 'auth',
    retry: 'now',
    status: 401,
    closeCode: 4403,
    text: 'The access token has expired. Get a new one.',
  },
  ISSUER_UNREACHABLE: {
    kind: 'network',
    retry: 'backoff',
    status: 503,
    retryAfterS: 5,
    text: 'The identity provider is not responding, so this sign-in cannot be verified. Try again in a moment.',
  },
  SHARED_STATE_UNREACHABLE: {
    kind: 'network',
    retry: 'backoff',
    status: 503,
    retryAfterS: 5,
    text: 'The relay cannot reach the state that it shares with other relays. Try again in a moment.',
  },
  REPLACED: {
    kind: 'auth',
    retry: 'never',
    closeCode: 4409,
    text: 'Another bridge with this device’s identity has taken over. Stop one of the two; if the data directory was copied, pair the copy again.',
  },
  TOO_MANY_DEVICES: {
    kind: 'limit',
    retry: 'never',
    closeCode: 4430,
    text: 'Device limit reached. Disconnect another device first, then reconnect here.',
  },
  VERSION_UNSUPPORTED: {
    kind: 'protocol',
    retry: 'never',
    status: 426,
    closeCode: 4426,
    text: 'The relay and this bridge have no protocol version in common. Update the older of the two.',
  },
  PROTOCOL_ERROR: {
    kind: 'protocol',
    retry: 'backoff',
    status: 502,
    closeCode: 4400,
    text: 'The other end of the tunnel broke the protocol.',
  },
  FRAME_TOO_LARGE: {
    kind: 'protocol',
    retry: 'backoff',
    closeCode: 4413,
    text: 'A tunnel frame was larger than allowed.',
  },
  HELLO_TIMEOUT: {
    kind: 'protocol',
    retry: 'backoff',
    closeCode: 4408,
    text: 'The tunnel’s handshake was not completed in time.',
  },
  CARRIER_DEAD: {
    kind: 'network',
    retry: 'now',
    closeCode: 4410,
    text: 'The connection stopped responding and was dropped.',
  },
  SUPERSEDED: {
    kind: 'network',
    retry: 'now',
    closeCode: 4411,
    text: 'A newer connection of the same session took over.',
  },
  BRIDGE_STOPPED: {
    kind: 'network',
    retry: 'backoff',
    closeCode: 4412,
    text: 'The bridge on the desktop was stopped.',
  },
  RELAY_UNREACHABLE: {
    kind: 'network',
    retry: 'backoff',
    text: 'The relay cannot be reached. Check the URL, the network and the proxy settings.',
  },
  RELAY_REFUSED: {
    kind: 'network',
    retry: 'backoff',
    text: 'The server at the relay’s address did not open a tunnel. Check the URL, and that the proxy in front of the relay passes WebSocket upgrades.',
  },
  PAIRING_CODE_INVALID: {
    kind: 'auth',
    retry: 'never',
    status: 403,
    text: 'The pairing code is wrong, already used or expired. Use the code that the relay shows now.',
  },
  PAIRING_LOCKED: {
    kind: 'limit',
    retry: 'backoff',
    status: 429,
    text: 'Too many wrong pairing codes. Wait a minute and use the code that the relay shows now.',
  },
  NOT_PAIRED: {
    kind: 'auth',
    retry: 'never',
    text: 'This device is not paired with a relay.',
    advice: { cli: 'Run: cloudtolocalllm pair --relay <url> <code>', app: 'Sign in or pair it.' },
  },
  SIGN_IN_FAILED: {
    kind: 'auth',
    retry: 'never',
    text: 'Sign-in failed. Try again.',
  },
  AUDIENCE_UNCONFIRMED: {
    kind: 'auth',
    retry: 'never',
    text: 'The access token does not name this relay as its audience, so it was not sent.',
    advice: {
      cli: 'Sign in again, and confirm the audience by name if you trust the relay with it: cloudtolocalllm bridge --relay <url> --sign-in --audience <name>',
      app: 'Sign in again, and confirm the audience if you trust the relay with it.',
    },
  },
  SIGN_IN_EXPIRED: {
    kind: 'auth',
    retry: 'never',
    text: 'Your sign-in has expired.',
    advice: {
      cli: 'Sign in again: cloudtolocalllm bridge --relay <url> --sign-in',
      app: 'Sign in again.',
    },
  },
} as const satisfies Record<string, ErrorEntry>
