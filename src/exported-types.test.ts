import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const TYPE = /^export (?:declare )?(?:abstract )?(?:class|interface|type) (\w+)/gm

it('gives every exported type a unique name, so that a search finds exactly one', () => {
  const filesByName = new Map<string, string[]>()
  for (const file of readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })) {
    if (!/\.tsx?$/.test(file)) continue
    const source = readFileSync(join(import.meta.dirname, file), 'utf8')
    for (const [, name = ''] of source.matchAll(TYPE))
      filesByName.set(name, [...(filesByName.get(name) ?? []), file])
  }
  expect(filesByName.size).toBeGreaterThan(100)
  expect([...filesByName].filter(([, files]) => files.length > 1)).toEqual([])
})
