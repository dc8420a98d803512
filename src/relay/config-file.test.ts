import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadRelayConfig } from './config-file.ts'

let dir: string
beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'ctl-config-'))))
afterEach(() => rmSync(dir, { recursive: true }))

function fileWith(text: string): string {
  const path = join(dir, 'relay.json')
  writeFileSync(path, text)
  return path
}

it('is read from the path in the flag, otherwise in the variable', () => {
  const path = fileWith('{"PORT": 4000}')
  expect(loadRelayConfig({ config: path }, { RELAY_CONFIG: '/nowhere' }).port).toBe(4000)
  expect(loadRelayConfig({}, { RELAY_CONFIG: path }).port).toBe(4000)
  expect(loadRelayConfig({}, {}).port).toBe(3001)
})

it.each(['[]', '{"OPERATOR_TOKEN": "a-secret-that-is-long" "PORT": 1}', ''])(
  'refuses %j, without repeating possible secrets',
  (text) => {
    const load = () => loadRelayConfig({ config: fileWith(text) }, {})
    expect(load).toThrow(/^--config: .*relay\.json must contain a JSON object$/)
  },
)

it('reports a missing file', () => {
  expect(() => loadRelayConfig({ config: join(dir, 'none.json') }, {})).toThrow(/none\.json cannot be read$/)
})
