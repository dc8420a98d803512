import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { settingRows } from '../../shared/ipc/settings.ts'

const ROOT = resolve(import.meta.dirname, '../../..')
const rows = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8')
  .split('\n')
  .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| /, '')))

test.each(settingRows().filter(([, { env }]) => env !== undefined))(
  'docs/operations.md lists the variable of %s, and its option',
  (name, { env, option, fallback }) => {
    const [row] = rows.filter(([variable, setting]) => variable === `\`${env}\`` && setting === `\`${name}\``)
    expect(row).toBeDefined()
    if (option !== undefined) expect(row?.join()).toContain(`\`${option.split(' ')[0]}\``)
    if (typeof fallback === 'number') expect(row?.[2]).toBe(String(fallback))
  },
)
