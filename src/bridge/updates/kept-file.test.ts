import { mkdtempSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { withFileKept } from './kept-file.ts'

let dir: string
let file: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ctl-kept-'))
  file = join(dir, 'App.AppImage')
  writeFileSync(file, 'old', { mode: 0o755 })
})

afterEach(() => rmSync(dir, { recursive: true }))

function failAfter(step: () => void): () => void {
  return () => {
    step()
    throw new Error('mv failed')
  }
}

it.each([
  ['deleted', () => unlinkSync(file)],
  ['half written', () => (unlinkSync(file), writeFileSync(file, 'ne'))],
  ['untouched', () => {}],
])('brings back a file that was %s when replacing it failed', (_, step) => {
  expect(() => withFileKept(file, failAfter(step))).toThrow('mv failed')
  expect(readFileSync(file, 'utf8')).toBe('old')
  expect(readdirSync(dir)).toEqual(['App.AppImage'])
})

it('leaves only the new file after success', () => {
  writeFileSync(`${file}.previous`, 'left behind by a crash')
  withFileKept(file, () => (unlinkSync(file), writeFileSync(file, 'new')))
  expect(readFileSync(file, 'utf8')).toBe('new')
  expect(readdirSync(dir)).toEqual(['App.AppImage'])
})

it('runs only the step if there is no file to keep', () => {
  let ran = false
  withFileKept(undefined, () => (ran = true))
  expect(ran).toBe(true)
})

it('does not begin when nothing can be kept', () => {
  let ran = false
  expect(() => withFileKept(join(dir, 'gone'), () => (ran = true))).toThrow('ENOENT')
  expect(ran).toBe(false)
})
