import { expect, it } from 'vitest'
import { SessionPair } from './session-pair.test-support.ts'

it('asks its user to stop after many pieces, however small they are', () => {
  const pair = new SessionPair()
  const { stream } = pair.open()
  let pieces = 1
  while (stream.write(Buffer.from('x'))) pieces++
  expect(pieces).toBe(4096)
})

it('goes on once half of its pieces have left', () => {
  const pair = new SessionPair()
  const client = pair.open()
  while (client.stream.write(Buffer.from('x')));
  pair.settle()
  expect(client.drains).toBe(1)
  expect(pair.accepted[0]?.bytes).toHaveLength(4096)
})
