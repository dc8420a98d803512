import { expect, it } from 'vitest'
import { plainSystem } from './plain-system.ts'
import type { System } from './ports.ts'

it('removes invisible characters from text, and keeps line breaks where they are allowed', async () => {
  const told: unknown[] = []
  const note = (...args: unknown[]): void =>
    void told.push(...args.filter((arg) => typeof arg !== 'function'))
  const system = plainSystem({
    writeClipboard: note,
    notify: note,
    ask: async (question: unknown) => (note(question), 0),
  } as unknown as System)
  const evil = 'a\u001B]52;c;x\u0007\nb\u202Ec'
  await system.writeClipboard(evil)
  system.notify(evil, evil, () => {})
  await system.ask({ message: evil, detail: evil, buttons: [evil], cancelButton: 0 })
  const [line, lines] = ['a\uFFFD]52;c;x\uFFFD b\uFFFDc', 'a\uFFFD]52;c;x\uFFFD\nb\uFFFDc']
  const question = { message: line, detail: lines, buttons: [line], cancelButton: 0 }
  expect(told).toEqual([lines, line, line, question])
})
