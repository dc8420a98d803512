import { expect, it } from 'vitest'
import { SessionPair } from './session-pair.test-support.ts'

it('pauses the writer after the same number of bytes in small and large chunks, and resumes at half', () => {
  const pair = new SessionPair()
  const client = pair.open()
  let written = 1
  while (client.stream.write(Buffer.from('x'))) written++
  expect(written).toBe(256 * 1024)
  pair.settle()
  expect(client.drains).toBe(1)
  expect(pair.accepted[0]?.bytes).toHaveLength(256 * 1024)
})
