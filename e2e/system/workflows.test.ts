import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { ROOT } from '../support/program.ts'

interface Job {
  readonly uses?: string
  readonly 'timeout-minutes'?: number
  readonly permissions?: Readonly<Record<string, string>>
  readonly steps?: readonly { readonly uses?: string; readonly run?: string }[]
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>
  readonly permissions: unknown
  readonly concurrency: unknown
  readonly jobs: Readonly<Record<string, Job>>
}

const FOLDER = join(ROOT, '.github/workflows')
const read = (path: string): string => readFileSync(path, 'utf8')
const { scripts } = JSON.parse(read(join(ROOT, 'package.json'))) as { scripts: Record<string, string> }

describe.each(readdirSync(FOLDER))('the workflow %s', (name) => {
  const text = read(join(FOLDER, name))
  const workflow = parse(text) as Workflow
  const jobs = Object.values(workflow.jobs)
  const commands = jobs.flatMap(({ steps = [] }) => steps.flatMap(({ run = [] }) => run))

  it('uses actions by the hash of a commit, with the version beside it: a tag can be moved', () => {
    const used = [...text.matchAll(/\buses: (.*)$/gm)].map(([, action = '']) => action)
    expect(used.length).toBeGreaterThan(0)
    expect(
      used.filter((action) => !/^(?:\.\/\S+|[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/.test(action)),
    ).toEqual([])
  })

  it('may read only, and a job that may more says so', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' })
    const granted = jobs.flatMap(({ permissions = {} }) => Object.entries(permissions).flat())
    expect(new Set(granted)).toEqual(new Set(granted.length === 0 ? [] : ['contents', 'write']))
  })

  it('gives no secrets to the code of strangers, and lets no event write its commands', () => {
    expect(Object.keys(workflow.on)).not.toContain('pull_request_target')
    expect(commands.filter((command) => command.includes('${{'))).toEqual([])
  })

  it('ends by itself, and does not run twice side by side', () => {
    expect(workflow.concurrency).toBeDefined()
    const endless = jobs.filter((job) => job.uses === undefined && job['timeout-minutes'] === undefined)
    expect(endless).toEqual([])
  })

  it('runs what is there', () => {
    const called = commands.flatMap((command) => [...command.matchAll(/npm run ([\w:]+)/g)])
    expect(called.map(([, script = '']) => script).filter((script) => !(script in scripts))).toEqual([])
    const files = commands.flatMap((command) => [...command.matchAll(/node (scripts\/\S+)/g)])
    expect(() => files.map(([, path = '']) => read(join(ROOT, path)))).not.toThrow()
  })
})
