import { expect, test } from 'vitest'
import { fileTroubleOf } from './system-error.ts'

const coded = (code: string): Error => Object.assign(new Error(`${code}: raw text`), { code })

test.each([
  ['ENOSPC', 'the disk is full. Free some space, then try again.'],
  ['EDQUOT', 'the disk is full. Free some space, then try again.'],
  ['EROFS', 'it is on a read-only file system. Choose another path, or make it writable.'],
  ['EACCES', 'permission denied. Check its owner and permissions.'],
  ['EPERM', 'permission denied. Check its owner and permissions.'],
  ['ENOTDIR', 'part of the path is a file. Choose another path.'],
])('%s is explained without its code', (code, words) => {
  expect(fileTroubleOf(coded(code))).toBe(words)
})

test('any other error keeps its own message', () => {
  expect(fileTroubleOf(coded('EIO'))).toBe('EIO: raw text')
  expect(fileTroubleOf(new Error('database or disk is full'))).toBe('database or disk is full')
  expect(fileTroubleOf('odd')).toBe('odd')
})
