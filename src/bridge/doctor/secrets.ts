import { AppError } from '../../shared/errors.ts'
import type { SecretsView } from '../secrets/peek-secrets.ts'
import { fail, ok, warn, type CheckResult } from './check-result.ts'
import { checkWords } from './check-words.ts'

/** @param found the secrets backend, or why it cannot be used */
export function assessSecrets(found: SecretsView['kind'] | AppError): CheckResult {
  if (found instanceof AppError) return fail('secrets', found.words, checkWords('fix.secrets.unavailable'))
  switch (found) {
    case 'keychain':
      return ok('secrets', checkWords('finding.secrets.keychain'))
    case 'file':
      return ok('secrets', checkWords('finding.secrets.file'))
    case 'memory':
      return warn('secrets', checkWords('finding.secrets.memory'), checkWords('fix.secrets.memory'))
  }
}
