import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { parseRelayConfig } from './config.ts'

const operations = readFileSync(join(resolve(import.meta.dirname, '../..'), 'docs/operations.md'), 'utf8')
const settings = operations.split('## Settings of the relay')[1]?.split('\n## ')[0] ?? ''

/** Rows of the table: variables, default, meaning. A default in backticks is literal; other text means none. */
const rows = settings
  .split('\n')
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .filter((cells) => cells[1]?.startsWith('`'))
  .map(([, variables = '', fallback = '']) => ({
    variables: [...variables.matchAll(/`([A-Z0-9_]+)`/g)].map(([, name = '']) => name),
    fallback: /^`(.+)`$/.exec(fallback)?.[1],
  }))

/** Every variable that is read if nothing is set. */
function variablesRead(): string[] {
  const read: string[] = []
  const env = new Proxy<Record<string, undefined>>({}, { get: (_, name) => void read.push(String(name)) })
  parseRelayConfig({}, env)
  return read
}

function comparable(env: Record<string, string>): object {
  const { trustedProxies, ...config } = parseRelayConfig({}, env)
  return { ...config, trustedProxies: trustedProxies.rules }
}

it('is documented in docs/operations.md, each variable, and no others', () => {
  expect(rows.flatMap(({ variables }) => variables).sort()).toEqual(variablesRead().sort())
})

it.each(rows.filter(({ fallback }) => fallback !== undefined))(
  '$variables has the default given in docs/operations.md',
  ({ variables, fallback }) => {
    for (const variable of variables) expect(comparable({ [variable]: fallback! })).toEqual(comparable({}))
  },
)
