import { expect, it } from 'vitest'
import { createOutput } from './output.ts'
import { sayTable, type TableOptions } from './table.ts'

function linesOf(
  rows: readonly (readonly string[])[],
  env: NodeJS.ProcessEnv,
  isTTY: boolean,
  options: TableOptions = {},
): string[] {
  const written: string[] = []
  const stream = { write: (text: unknown) => written.push(String(text)) > 0, isTTY, columns: 80 }
  sayTable(
    ['Name', 'Last used', 'Id'],
    rows,
    createOutput(false, { stdout: stream, stderr: stream, env }),
    options,
  )
  return written.join('').trimEnd().split('\n')
}

it('aligns columns below a header, in 80 columns', () => {
  const lines = linesOf(
    [
      ['phone', '–', 'a1'],
      ['n'.repeat(200), '2026-01-31', 'b2'],
      ['e\u001B[31m', '–', 'c3'],
    ],
    {},
    false,
  )
  expect(lines[0]).toMatch(/^Name +Last used +Id$/)
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80)
  expect(lines.map((line) => line.search(/(?:Id|a1|b2|c3)$/))).toEqual(Array(4).fill(lines[0]?.indexOf('Id')))
  expect(lines.join('')).not.toContain('\u001B')
})

it('has a bold header if stdout is a terminal, unless NO_COLOR is set', () => {
  expect(linesOf([['phone', '–', 'a1']], {}, true)[0]).toContain('\u001B[1m')
  expect(linesOf([['phone', '–', 'a1']], { NO_COLOR: '1' }, true)[0]).not.toContain('\u001B')
})

it('aligns numbers at their end', () => {
  const lines = linesOf([['phone', '9', '10']], {}, false, { isNumeric: true })
  expect(lines).toEqual(['Name   Last used  Id', 'phone          9  10'])
})
