import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { VERSION } from './version.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

it('is the version of package.json', () => {
  expect(JSON.parse(read('package.json'))).toMatchObject({ version: VERSION })
})

it('has a heading in the changelog', () => {
  expect(read('CHANGELOG.md')).toMatch(new RegExp(`^## \\[?${VERSION.replaceAll('.', '\\.')}\\]?`, 'm'))
})
