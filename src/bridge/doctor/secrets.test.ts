import { expect, test } from 'vitest'
import { AppError } from '../../shared/errors.ts'
import { judgeSecrets } from './secrets.ts'

test('a locked keychain is a failure; a private file is not; secrets for one run are a warning', () => {
  expect(judgeSecrets(new AppError('SECRETS_UNAVAILABLE'))).toMatchObject({
    level: 'fail',
    fix: { cli: expect.stringContaining('CLOUDTOLOCALLLM_SECRETS=file') },
  })
  expect(judgeSecrets('keychain').level).toBe('ok')
  expect(judgeSecrets('file').level).toBe('ok')
  expect(judgeSecrets('memory').level).toBe('warn')
})
