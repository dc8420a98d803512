import type { ErrorEntry } from './error-entry.ts'

/** Errors of the desktop itself. */
export const DESKTOP_ERRORS = {
  CONFIG_INVALID: {
    kind: 'config',
    retry: 'never',
    text: 'A setting has a value that cannot be used.',
  },
  ALREADY_RUNNING: {
    kind: 'config',
    retry: 'never',
    text: 'Another bridge already uses this data directory.',
    advice: { cli: 'Stop it, or choose another with --data-dir.', app: 'Stop it, then start the app again.' },
  },
  PORT_IN_USE: {
    kind: 'config',
    retry: 'never',
    text: 'The port is already in use.',
    advice: { cli: 'Choose another with --port (0 = any).', app: 'Stop the program that uses it.' },
  },
  CERTIFICATE_UNAVAILABLE: {
    kind: 'network',
    retry: 'backoff',
    text: 'The relay has not received a certificate for its domain. It will try again automatically.',
  },
  KEY_NOT_FOUND: {
    kind: 'config',
    retry: 'never',
    text: 'No key has this id or name.',
    advice: { cli: 'List them: cloudtolocalllm keys list', app: 'It may already have been revoked.' },
  },
  SECRETS_UNAVAILABLE: {
    kind: 'config',
    retry: 'never',
    text: 'The system keychain is not available. Check that it is running and unlocked, then try again; its contents were not changed.',
  },
  INTERNAL: {
    kind: 'internal',
    retry: 'backoff',
    status: 500,
    closeCode: 4500,
    text: 'An internal error occurred. See the log for details.',
  },
} as const satisfies Record<string, ErrorEntry>
