import { expect, test } from 'vitest'
import { fileTroubleWords } from './system-error.ts'
import { wordsFor } from './words.ts'

const troubleOf = (cause: unknown) => wordsFor(fileTroubleWords('/x', cause), 'cli')
const coded = (code: string): Error => Object.assign(new Error(`${code}: raw text`), { code })

test.each([
  ['ENOSPC', 'the disk is full. Free some space, then try again.'],
  ['EDQUOT', 'the disk is full. Free some space, then try again.'],
  ['EROFS', 'it is on a read-only file system. Choose another path, or make it writable.'],
  ['EACCES', 'permission denied. Check its owner and permissions.'],
  ['EPERM', 'permission denied. Check its owner and permissions.'],
  ['ENOENT', 'part of the path does not exist and cannot be created. Choose another path.'],
  ['ENOTDIR', 'part of the path is a file. Choose another path.'],
])('%s is explained without its code', (code, words) => {
  expect(troubleOf(coded(code))).toBe(`/x cannot be used: ${words}`)
})

test('any other error keeps its own message', () => {
  expect(troubleOf(coded('EIO'))).toBe('/x cannot be used: EIO: raw text')
  expect(troubleOf(new Error('database or disk is full'))).toBe('/x cannot be used: database or disk is full')
  expect(troubleOf('odd')).toBe('/x cannot be used: odd')
})
