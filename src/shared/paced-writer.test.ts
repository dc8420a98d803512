import { expect, it } from 'vitest'
import { PacedWriter } from './paced-writer.ts'

/** A writer to a connection that accepts bytes when the test says so. */
function start() {
  const written: string[] = []
  const waiting: (() => void)[] = []
  let takenBytes = 0
  const writer = new PacedWriter(
    (bytes, taken) => {
      written.push(Buffer.from(bytes).toString())
      waiting.push(taken)
    },
    (bytes) => (takenBytes += bytes),
  )
  const write = (text: string) => writer.write(Buffer.from(text))
  const takeAll = () => {
    for (let taken = waiting.shift(); taken !== undefined; taken = waiting.shift()) taken()
  }
  return { writer, write, written, waiting, takeAll, taken: () => takenBytes }
}

it('writes a chunk immediately, and merges those that arrive while writes are pending', () => {
  const { write, written, waiting, takeAll, taken, writer } = start()
  for (let i = 0; i < 10_000; i++) write(String(i % 10))
  expect(waiting.length).toBe(4)
  expect(written).toEqual(['0', '1', '2', '3'])
  takeAll()
  expect(written.length).toBeLessThan(20)
  expect(written.join('')).toBe('0123456789'.repeat(1_000))
  expect([taken(), writer.pendingBytes]).toEqual([10_000, 0])
})

it('flushes everything before the end, in order', () => {
  const { writer, write, written } = start()
  for (const text of ['a', 'b', 'c', 'd', 'e', 'f'.repeat(5_000), 'g']) write(text)
  writer.flush()
  expect(written.join('')).toBe(`abcde${'f'.repeat(5_000)}g`)
})
