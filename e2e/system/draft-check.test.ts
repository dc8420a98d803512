import { execFile } from 'node:child_process'
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { ROOT } from '../support/program.ts'

/** Answers for the `gh` command out of a folder: the release as JSON, and its files. */
const GH = `#!/usr/bin/env node
const { cpSync, readFileSync } = require('node:fs')
const [, verb, , ...rest] = process.argv.slice(2)
if (verb === 'view') process.stdout.write(readFileSync(process.env.FAKE_RELEASE + '/release.json'))
else cpSync(process.env.FAKE_RELEASE + '/files', rest[rest.indexOf('--dir') + 1], { recursive: true })
`

const NAMES = {
  '-linux.yml': ['linux-x86_64.AppImage', 'linux-amd64.deb'],
  '-mac.yml': ['mac-x64.zip', 'mac-arm64.zip', 'mac-x64.dmg', 'mac-arm64.dmg'],
  '.yml': ['win-x64.exe'],
}

const isWindows = process.platform === 'win32'
const title = `the check of a draft release${isWindows ? ' (not tried here: the stand-in for gh is a script)' : ''}`

describe.skipIf(isWindows)(title, () => {
  let folder = ''

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'ctl-draft-'))
    writeFileSync(join(folder, 'gh'), GH, { mode: 0o755 })
  })

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  interface Release {
    readonly tag?: string
    readonly channel?: string
    readonly isDraft?: boolean
    readonly isPrerelease?: boolean
    readonly without?: string
  }

  /** Puts a release where the stand-in finds it, checks it, and answers with the exit code and what was said. */
  const check = ({
    tag = 'v1.2.0',
    channel = 'latest',
    isDraft = true,
    isPrerelease = channel !== 'latest',
    without,
  }: Release) => {
    const version = tag.slice(1)
    const named = (name: string): string => `CloudToLocalLLM-${version}-${name}`
    const ymls = Object.entries(NAMES).map(([end, names]) => ({
      name: channel + end,
      text: stringify({ version, files: names.map((name) => ({ url: named(name), size: 7 })) }),
    }))
    const packages = Object.values(NAMES)
      .flat()
      .map((name) => ({ name: named(name), size: 7 }))
    const assets = [...packages, ...ymls.map(({ name }) => ({ name, size: 1 }))].filter(
      ({ name }) => name !== without,
    )
    rmSync(join(folder, 'files'), { recursive: true, force: true })
    mkdirSync(join(folder, 'files'))
    for (const { name, text } of ymls) writeFileSync(join(folder, 'files', name), text)
    writeFileSync(join(folder, 'release.json'), JSON.stringify({ isDraft, isPrerelease, assets }))
    const env = { ...process.env, FAKE_RELEASE: folder, PATH: `${folder}${delimiter}${process.env['PATH']}` }
    return new Promise<{ code: unknown; said: string }>((resolve) => {
      execFile(process.execPath, [join(ROOT, 'scripts/draft-check.mjs'), tag], { env }, (error, out, err) =>
        resolve({ code: error?.code ?? 0, said: out + err }),
      )
    })
  }

  it('accepts a complete one', async () => {
    expect(await check({})).toEqual({ code: 0, said: 'The draft of v1.2.0 is complete: 10 files.\n' })
    expect(await check({ tag: 'v1.3.0-beta.2', channel: 'beta' })).toMatchObject({ code: 0 })
  })

  it.each([
    [
      'CloudToLocalLLM-1.2.0-linux-amd64.deb',
      'Linux: CloudToLocalLLM-1.2.0-linux-amd64.deb has no bytes, not 7',
    ],
    ['latest-mac.yml', 'macOS: latest-mac.yml is not there'],
    ['latest.yml', 'Windows: latest.yml is not there'],
  ])('refuses one without %s, and reports that', async (without, problem) => {
    const { code, said } = await check({ without })
    expect(code).toBe(1)
    expect(said).toContain(problem)
  })

  it('refuses a beta that stable versions would install', async () => {
    const beta = await check({ tag: 'v1.3.0-beta.2', channel: 'beta', isPrerelease: false })
    expect(beta).toEqual({ code: 1, said: 'v1.3.0-beta.2 is not marked as a pre-release\n' })
  })

  it('refuses one that is already public', async () => {
    expect(await check({ isDraft: false })).toEqual({ code: 1, said: 'v1.2.0 is published already\n' })
  })
})
