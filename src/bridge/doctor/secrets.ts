import { AppError } from '../../shared/errors.ts'
import type { SecretsView } from '../secrets/peek-secrets.ts'
import { fail, ok, warn, type CheckResult } from './check-result.ts'

/** @param found the secrets backend, or why it cannot be used */
export function assessSecrets(found: SecretsView['kind'] | AppError): CheckResult {
  if (found instanceof AppError)
    return fail('secrets', found.words, {
      cli: 'Unlock the keychain and try again. Without one, set CLOUDTOLOCALLLM_SECRETS=file to store secrets in a private file, then pair again.',
      app: 'Unlock the keychain and try again.',
    })
  switch (found) {
    case 'keychain':
      return ok('secrets', 'Secrets are stored in the system keychain, which is unlocked.')
    case 'file':
      return ok('secrets', 'Secrets are stored in a file that only you can read.')
    case 'memory':
      return warn(
        'secrets',
        {
          cli: 'CLOUDTOLOCALLLM_SECRETS=memory: secrets are lost when the bridge stops.',
          app: 'Secrets are kept in memory only, and lost when the app quits.',
        },
        {
          cli: 'Unset CLOUDTOLOCALLLM_SECRETS to keep them.',
          app: 'Allow the app to keep them in a private file, or set up a system keychain.',
        },
      )
  }
}
