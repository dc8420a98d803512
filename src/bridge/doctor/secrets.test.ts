import { expect, test } from 'vitest'
import { AppError } from '../../shared/errors.ts'
import { inTerminal } from './check-text.test-support.ts'
import { assessSecrets } from './secrets.ts'

test('a locked keychain is a failure; a private file is not; secrets for one run are a warning', () => {
  expect(inTerminal(assessSecrets(new AppError('SECRETS_UNAVAILABLE')))).toMatchObject({
    level: 'fail',
    fix: expect.stringContaining('CLOUDTOLOCALLLM_SECRETS=file'),
  })
  expect(assessSecrets('keychain').level).toBe('ok')
  expect(assessSecrets('file').level).toBe('ok')
  expect(assessSecrets('memory').level).toBe('warn')
})
