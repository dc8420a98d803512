import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** The page that explains the rule. */
const RULE = 'docs/releasing.md'
const FETCHES = /\b(?:npx (?:-y |--yes )?|npm (?:i|install) (?:-g |--global )?|npm exec )cloudtolocalllm\b/

it('never mentions an npm name that anyone could register: there is no published release', () => {
  const files = execFileSync(
    'git',
    ['ls-files', '--', '*.ts', '*.tsx', '*.md', '*.yml', '*.yaml', 'deploy'],
    {
      cwd: ROOT,
      encoding: 'utf8',
    },
  )
  const found = files
    .split('\n')
    .filter((file) => file !== '' && file !== RULE && !file.endsWith('published-name.test.ts'))
    .filter((file) => FETCHES.test(readFileSync(ROOT + file, 'utf8')))
  expect(found).toEqual([])
})
