import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { createDirectory, type DirectoryPorts } from './directory.ts'

class FakeDisk implements DirectoryPorts {
  readonly made: string[] = []
  readonly dirname = dirname
  readonly #entries: Map<string, 'directory' | 'file'>

  constructor(entries: Readonly<Record<string, 'directory' | 'file'>>) {
    this.#entries = new Map(Object.entries(entries))
  }

  existsSync = (path: string) => this.#entries.has(path)
  statSync = (path: string) => ({ isDirectory: () => this.#entries.get(path) === 'directory' })

  mkdirSync(path: string, { mode }: { mode: number }): void {
    expect(mode).toBe(0o700)
    if (this.#entries.has(path)) throw coded('EEXIST')
    // Like /proc: it exists, and takes nothing.
    if (dirname(path) === '/proc' || !this.#entries.has(dirname(path))) throw coded('ENOENT')
    this.made.push(path)
    this.#entries.set(path, 'directory')
  }
}

const coded = (code: string): Error => Object.assign(new Error(code), { code })

test('missing parents are created first', () => {
  const disk = new FakeDisk({ '/': 'directory' })
  createDirectory('/a/b/c', disk)
  expect(disk.made).toEqual(['/a', '/a/b', '/a/b/c'])
})

test('a directory that exists, or appears meanwhile, is left as it is', () => {
  const disk = new FakeDisk({ '/': 'directory', '/a': 'directory' })
  createDirectory('/a', disk)
  expect(disk.made).toEqual([])
})

test('a file in its place is an error', () => {
  const disk = new FakeDisk({ '/': 'directory', '/a': 'file' })
  expect(() => createDirectory('/a', disk)).toThrow('EEXIST')
})

test('a place that takes no directory is an error instead of an endless loop', () => {
  const disk = new FakeDisk({ '/': 'directory', '/proc': 'directory' })
  expect(() => createDirectory('/proc/x/y', disk)).toThrow('ENOENT')
})

test('a root that does not exist is an error, such as a drive without a disk', () => {
  expect(() => createDirectory('/a', new FakeDisk({}))).toThrow('ENOENT')
})
