import { AppError } from '../../shared/errors.ts'
import type { SecretsView } from '../secrets/peek-secrets.ts'
import { fail, ok, warn, type CheckResult } from './check-result.ts'

/** @param found the secrets backend, or why it cannot be used */
export function judgeSecrets(found: SecretsView['kind'] | AppError): CheckResult {
  if (found instanceof AppError)
    return fail(
      'secrets',
      found.message,
      'Unlock the keychain and try again. Without one, CLOUDTOLOCALLLM_SECRETS=file keeps secrets in a private file; pair again then.',
    )
  switch (found) {
    case 'keychain':
      return ok('secrets', 'Secrets are kept in the system keychain, which is open.')
    case 'file':
      return ok('secrets', 'Secrets are kept in a file that only you can read.')
    case 'memory':
      return warn(
        'secrets',
        'CLOUDTOLOCALLLM_SECRETS=memory: secrets are forgotten when the bridge stops.',
        'Unset CLOUDTOLOCALLLM_SECRETS to keep them.',
      )
  }
}
