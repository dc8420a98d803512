import { expect, it } from 'vitest'
import { SessionPair } from './session-pair.test-support.ts'

it('asks the writer to pause after as many bytes in small pieces as in large ones, and resumes once half have been sent', () => {
  const pair = new SessionPair()
  const client = pair.open()
  let written = 1
  while (client.stream.write(Buffer.from('x'))) written++
  expect(written).toBe(256 * 1024)
  pair.settle()
  expect(client.drains).toBe(1)
  expect(pair.accepted[0]?.bytes).toHaveLength(256 * 1024)
})
