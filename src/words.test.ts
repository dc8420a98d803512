import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '..')
const FOLDERS = ['src', 'e2e', 'bench', 'scripts']

const DANGLING = new Set(['What', 'Whatever', 'Who', 'Whoever', 'Whose', 'Whom', 'Of'])

it.each(FOLDERS)('no comment in %s begins with a dangling word', (folder) => {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:ts|tsx|mjs|css)$/.test(name))
    .map((name) => `${folder}/${name}`)
  expect(files).not.toEqual([])
  expect(files.flatMap(danglingIn)).toEqual([])
})

function danglingIn(path: string): string[] {
  const lines = readFileSync(join(ROOT, path), 'utf8').split('\n')
  return lines.flatMap((line, i) =>
    DANGLING.has(openingWord(lines, i) ?? '') ? [`${path}:${i + 1}: ${line.trim()}`] : [],
  )
}

/** The first word of a comment that opens on this line. A `//` below another one continues its sentence. */
function openingWord(lines: readonly string[], i: number): string | undefined {
  const line = lines[i] ?? ''
  if (/^\s*\/\/ /.test(line) && /^\s*\/\/ /.test(lines[i - 1] ?? '')) return undefined
  if (/^\s*\/\*\*?$/.test(line)) return /^\s*\*\s+(\S+)/.exec(lines[i + 1] ?? '')?.[1]
  return /(?:^|\s)(?:\/\*\*?|\/\/)\s+(\S+)/.exec(line)?.[1]
}
