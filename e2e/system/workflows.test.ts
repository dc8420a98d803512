import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { ROOT } from '../support/program.ts'

interface Job {
  readonly uses?: string
  readonly 'timeout-minutes'?: number
  readonly permissions?: Readonly<Record<string, string>>
  readonly needs?: string
  readonly steps?: readonly Step[]
}

interface Step {
  readonly uses?: string
  readonly run?: string
  readonly with?: Readonly<Record<string, string>>
}

/** The permissions of each job that sets its own. */
const GRANTED: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>> = {
  'codeql.yml': [{ contents: 'read', 'security-events': 'write' }],
  'package.yml': [
    { contents: 'write' },
    { contents: 'write', 'id-token': 'write', attestations: 'write' },
    { contents: 'write' },
  ],
  'release.yml': [
    { contents: 'read', 'id-token': 'write' },
    { contents: 'read', packages: 'write', 'id-token': 'write', attestations: 'write' },
  ],
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>
  readonly permissions: unknown
  readonly concurrency: unknown
  readonly jobs: Readonly<Record<string, Job>>
}

const FOLDER = join(ROOT, '.github/workflows')
const read = (path: string): string => readFileSync(path, 'utf8')
const workflowOf = (name: string): Workflow => parse(read(join(FOLDER, name))) as Workflow
const { scripts } = JSON.parse(read(join(ROOT, 'package.json'))) as { scripts: Record<string, string> }

describe.each(readdirSync(FOLDER))('the workflow %s', (name) => {
  const text = read(join(FOLDER, name))
  const workflow = workflowOf(name)
  const jobs = Object.values(workflow.jobs)
  const commands = jobs.flatMap(({ steps = [] }) => steps.flatMap(({ run = [] }) => run))

  it('pins actions by commit hash, with the version in a comment, since a tag can be moved', () => {
    const used = [...text.matchAll(/\buses: (.*)$/gm)].map(([, action = '']) => action)
    expect(used.length).toBeGreaterThan(0)
    expect(
      used.filter(
        (action) => !/^(?:\.\/\S+|[\w-]+(?:\/[\w-]+){1,2}@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/.test(action),
      ),
    ).toEqual([])
  })

  it('has read permission only, and a job declares any other', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' })
    expect(jobs.flatMap(({ permissions }) => (permissions === undefined ? [] : [permissions]))).toEqual(
      GRANTED[name] ?? [],
    )
  })

  it('gives no secrets to untrusted code, and inserts no event data into commands', () => {
    expect(Object.keys(workflow.on)).not.toContain('pull_request_target')
    expect(commands.filter((command) => command.includes('${{'))).toEqual([])
  })

  it('has a timeout, and does not run twice concurrently', () => {
    expect(workflow.concurrency).toBeDefined()
    const endless = jobs.filter((job) => job.uses === undefined && job['timeout-minutes'] === undefined)
    expect(endless).toEqual([])
  })

  it('runs existing scripts', () => {
    const called = commands.flatMap((command) => [...command.matchAll(/npm run ([\w:]+)/g)])
    expect(called.map(([, script = '']) => script).filter((script) => !(script in scripts))).toEqual([])
    const files = commands.flatMap((command) => [...command.matchAll(/node (scripts\/\S+)/g)])
    expect(() => files.map(([, path = '']) => read(join(ROOT, path)))).not.toThrow()
  })
})

describe('the release of the npm package and the image', () => {
  const { npm, image, test } = workflowOf('release.yml').jobs
  const commandsOf = (job: Job | undefined) => job?.steps?.map(({ run = '' }) => run).join('\n') ?? ''

  it('starts from a tag that names the version, once the tests pass', () => {
    expect(workflowOf('release.yml').on).toEqual({ push: { tags: ['v*'] } })
    expect(test?.uses).toBe('./.github/workflows/test.yml')
    for (const job of [npm, image]) {
      expect(job?.needs).toBe('test')
      expect(commandsOf(job)).toContain('require("./package.json").version')
    }
  })

  it('attests where both were built, and stores no token', () => {
    expect(commandsOf(npm)).toContain('npm publish --provenance --access public')
    const [last] = image?.steps?.slice(-1) ?? []
    expect(last?.uses).toMatch(/^actions\/attest-build-provenance@/)
    expect(read(join(FOLDER, 'release.yml'))).not.toContain('secrets.')
  })

  it('does not give betas to users of the latest tag', () => {
    expect(commandsOf(npm)).toMatch(/\*-\*\) channel=beta/)
    expect(commandsOf(image)).toMatch(/\*-\*\) ;;\s+\*\) docker tag/)
  })
})

describe('the content of a release', () => {
  const { draft, package: pack } = workflowOf('package.yml').jobs

  it('is listed in a file beside the packages: exactly the lockfile’s production dependencies', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sbom-test-'))
    const file = join(folder, 'list.json')
    execFileSync(process.execPath, [join(ROOT, 'scripts/sbom.mjs'), file])
    const { bomFormat, components } = JSON.parse(read(file)) as {
      bomFormat: string
      components: { name: string; version: string }[]
    }
    await rm(folder, { recursive: true })
    const { packages } = JSON.parse(read(join(ROOT, 'package-lock.json'))) as {
      packages: Record<string, { version: string; dev?: true }>
    }
    const locked = Object.entries(packages).filter(([path, { dev }]) => path !== '' && dev === undefined)
    expect(bomFormat).toBe('CycloneDX')
    expect(new Set(components.map(({ name, version }) => `${name} ${version}`))).toEqual(
      new Set(locked.map(([path, { version }]) => `${path.split('node_modules/').at(-1)} ${version}`)),
    )
    const commands = draft?.steps?.map(({ run = '' }) => run).join('\n')
    expect(commands).toContain('node scripts/sbom.mjs CloudToLocalLLM.cdx.json\n')
    expect(commands).toContain('gh release upload "$TAG" CloudToLocalLLM.cdx.json --clobber\n')
  })

  it('can be traced to the workflow and commit that built it', () => {
    const steps = pack?.steps ?? []
    const attested = steps.findIndex(({ uses = '' }) => uses.startsWith('actions/attest-build-provenance@'))
    expect(attested).toBe(steps.length - 1)
    expect(steps[attested]?.with).toEqual({ 'subject-path': 'out/packages/CloudToLocalLLM-*' })
    const builder = read(join(ROOT, 'electron-builder.yml'))
    expect(builder).toMatch(/^ {2}output: out\/packages$/m)
    for (const [, name = ''] of builder.matchAll(/artifactName: (.*)/g))
      expect(name).toMatch(/^\$\{productName\}-/)
  })

  it('has no package with a known high-severity vulnerability', () => {
    const runs = Object.values(workflowOf('test.yml').jobs).flatMap(({ steps = [] }) =>
      steps.map(({ run }) => run),
    )
    expect(runs).toContain('npm audit --omit=dev --audit-level=high')
    expect(draft?.needs).toBe('test')
    expect(pack?.needs).toBe('draft')
  })

  it('is scanned for vulnerabilities each week and with each change', () => {
    const { on, jobs } = workflowOf('codeql.yml')
    expect(on).toMatchObject({
      push: { branches: ['main'] },
      schedule: [{ cron: expect.stringMatching(/^\d+ \d+ \* \* [0-6]$/) }],
    })
    const steps = jobs['analyze']?.steps ?? []
    const used = steps.map(({ uses = '' }) => uses.split('@')[0])
    expect(used).toEqual(['actions/checkout', 'github/codeql-action/init', 'github/codeql-action/analyze'])
    expect(steps[1]?.with).toEqual({ languages: 'javascript-typescript' })
  })
})

it('checks weekly for newer versions, grouped by kind', () => {
  const { updates } = parse(read(join(ROOT, '.github/dependabot.yml'))) as {
    updates: { 'package-ecosystem': string; directory: string; schedule: unknown; groups: object }[]
  }
  const where = updates.map((update) => [update['package-ecosystem'], update.directory])
  expect(where).toEqual([
    ['npm', '/'],
    ['github-actions', '/'],
    ['docker', '/deploy'],
    ['docker-compose', '/deploy'],
  ])
  for (const { schedule, groups } of updates) {
    expect(schedule).toEqual({ interval: 'weekly' })
    expect(Object.values(groups)).toEqual([{ patterns: ['*'] }])
  }
  for (const file of ['package-lock.json', 'deploy/Dockerfile', 'deploy/compose.yml'])
    expect(existsSync(join(ROOT, file))).toBe(true)
})
