import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ROOT, Program } from '../support/program.ts'

/** As electron-builder writes them. */
const LINUX = `version: 1.2.0
files:
  - url: CloudToLocalLLM-x86_64.AppImage
    sha512: VNPNWSgGg7ZDA4ZQ9YfUYx9pBz0yBtVxQ8oAzW0d0tVbGqcRZxXU2O1vV5h3kQXGmYVZ0Yb1r5dQ9w2yqZ8y4A==
    size: 98234111
    blockMapSize: 102993
  - url: cloudtolocalllm_1.2.0_amd64.deb
    sha512: q0l2kKXvC0oEMTqN7QFvWJpJ9y3nqQd8UoBvQ2pJt9yqB1ZtLw4sXr1uVq8cHk5dJm7eGx2fTzRaPbYwNsDi3g==
    size: 71022336
path: CloudToLocalLLM-x86_64.AppImage
sha512: VNPNWSgGg7ZDA4ZQ9YfUYx9pBz0yBtVxQ8oAzW0d0tVbGqcRZxXU2O1vV5h3kQXGmYVZ0Yb1r5dQ9w2yqZ8y4A==
releaseDate: '2026-11-20T10:00:00.000Z'
`
const WINDOWS = `version: 1.2.0
files:
  - url: CloudToLocalLLM-Setup-1.2.0.exe
    sha512: 3QJm7eGx2fTzRaPbYwNsDi3gq0l2kKXvC0oEMTqN7QFvWJpJ9y3nqQd8UoBvQ2pJt9yqB1ZtLw4sXr1uVq8cHg==
    size: 81234567
path: CloudToLocalLLM-Setup-1.2.0.exe
sha512: 3QJm7eGx2fTzRaPbYwNsDi3gq0l2kKXvC0oEMTqN7QFvWJpJ9y3nqQd8UoBvQ2pJt9yqB1ZtLw4sXr1uVq8cHg==
releaseNotes: |
  Faster.
  stagingPercentage: 7 is not a field, it stands in the notes.
releaseDate: '2026-11-20T10:00:00.000Z'
`
const MAC = `version: 1.2.0
files:
  - url: CloudToLocalLLM-1.2.0-mac.zip
    sha512: pJt9yqB1ZtLw4sXr1uVq8cHk5dJm7eGx2fTzRaPbYwNsDi3gq0l2kKXvC0oEMTqN7QFvWJpJ9y3nqQd8UoBvQ2==
    size: 91234567
  - url: CloudToLocalLLM-1.2.0.dmg
    sha512: kKXvC0oEMTqN7QFvWJpJ9y3nqQd8UoBvQ2pJt9yqB1ZtLw4sXr1uVq8cHk5dJm7eGx2fTzRaPbYwNsDi3gq0lw==
    size: 93234567
path: CloudToLocalLLM-1.2.0-mac.zip
sha512: pJt9yqB1ZtLw4sXr1uVq8cHk5dJm7eGx2fTzRaPbYwNsDi3gq0l2kKXvC0oEMTqN7QFvWJpJ9y3nqQd8UoBvQ2==
releaseDate: '2026-11-20T10:00:00.000Z'
`
const FILES = {
  'latest-linux.yml': LINUX,
  'latest-linux-arm64.yml': LINUX,
  'latest.yml': WINDOWS,
  'latest-mac.yml': MAC,
  'beta-linux.yml': LINUX,
} as const

let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ctl-rollout-'))
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(dir, name), text)
  writeFileSync(join(dir, 'app-update.yml'), 'provider: github\n')
})

afterEach(() => rmSync(dir, { recursive: true }))

const read = (name: string) => readFileSync(join(dir, name), 'utf8')

function rollout(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const command = [process.execPath, join(ROOT, 'scripts/rollout.mjs')] as const
  return new Program(args, { command, env }).result()
}

const inFolder = (...args: string[]) => rollout([...args, '--dir', dir])

describe('a rollout', () => {
  it('adds one line to every channel file, and changes no other byte', async () => {
    const { code } = await inFolder('set', '5')
    expect(code).toBe(0)
    for (const [name, text] of Object.entries(FILES)) expect(read(name)).toBe(`${text}stagingPercentage: 5\n`)
    expect(read('app-update.yml')).toBe('provider: github\n')
  })

  it('increases, halts, and ends with the original files', async () => {
    for (const percent of ['5', '20', '0', '20']) {
      await inFolder('set', percent)
      expect(read('latest.yml')).toBe(`${WINDOWS}stagingPercentage: ${percent}\n`)
    }
    await inFolder('halt')
    expect(read('latest-mac.yml')).toBe(`${MAC}stagingPercentage: 0\n`)
    await inFolder('set', '100')
    for (const [name, text] of Object.entries(FILES)) expect(read(name)).toBe(text)
  })

  it('changes the line in place, also in files from Windows', async () => {
    writeFileSync(
      join(dir, 'latest.yml'),
      `stagingPercentage: 10 # canary\r\n${WINDOWS.replaceAll('\n', '\r\n')}`,
    )
    await inFolder('set', '20')
    expect(read('latest.yml')).toBe(`stagingPercentage: 20\r\n${WINDOWS.replaceAll('\n', '\r\n')}`)
  })

  it('is shown as a table without changing anything', async () => {
    await inFolder('set', '5')
    writeFileSync(join(dir, 'latest.yml'), WINDOWS)
    writeFileSync(join(dir, 'latest-mac.yml'), `${MAC}stagingPercentage: 0\n`)
    const { stdout } = await inFolder('show')
    expect(stdout.split('\n')).toEqual([
      'file                    version  reaches',
      'beta-linux.yml          1.2.0    5%',
      'latest-linux-arm64.yml  1.2.0    5%',
      'latest-linux.yml        1.2.0    5%',
      'latest-mac.yml          1.2.0    nobody (halted)',
      'latest.yml              1.2.0    everybody',
    ])
    expect(read('latest.yml')).toBe(WINDOWS)
  })

  it.each([
    [['set', '101'], 'whole number'],
    [['set', '-5'], '-5'],
    [['set', '5.5'], 'whole number'],
    [['set', '05'], 'whole number'],
    [['set'], 'whole number'],
    [['halt', '5'], 'takes no number'],
    [['start'], 'Unknown command "start"'],
    [['show', '--release', 'v1.2.0'], 'Specify the files'],
  ] as const)('refuses %j in one line, with exit code 2', async (args, text) => {
    const { code, stderr, stdout } = await inFolder(...args)
    expect(code).toBe(2)
    expect(stderr).toContain(text)
    expect(stdout).toBe('')
    expect(read('latest.yml')).toBe(WINDOWS)
  })

  it.each([
    ['not YAML', 'a: [', 'is not YAML'],
    ['another file', 'provider: github\n', 'names no version'],
    [
      'one in flow style',
      `{version: 1.2.0, files: [{url: a}], stagingPercentage: 5}\n`,
      'cannot be changed safely',
    ],
  ])('changes no file if one of them is %s', async (_, text, message) => {
    writeFileSync(join(dir, 'latest.yml'), text)
    const { code, stderr } = await inFolder('set', '20')
    expect(code).toBe(1)
    expect(stderr).toContain(message)
    expect(read('beta-linux.yml')).toBe(LINUX)
    expect(read('latest.yml')).toBe(text)
  })
})

/** Keeps its releases in folders, and notes what it was asked. */
const FAKE_GH = `#!/bin/sh
echo "$*" >> "$GH_HOME/calls"
case "$1 $2" in
  'release download') [ -d "$GH_HOME/$3" ] || { echo 'release not found' >&2; exit 1; }
    for last; do :; done; cp "$GH_HOME/$3"/*.yml "$last" ;;
  'release upload') release=$3; shift 3
    for file; do case $file in *.yml) cp "$file" "$GH_HOME/$release" ;; esac; done ;;
esac
`

describe.runIf(process.platform !== 'win32')(
  'a rollout of a release on GitHub (its stand-in needs /bin/sh)',
  () => {
    let env: Record<string, string>

    beforeEach(() => {
      mkdirSync(join(dir, 'v1.2.0'))
      for (const name of Object.keys(FILES)) copyFileSync(join(dir, name), join(dir, 'v1.2.0', name))
      mkdirSync(join(dir, 'bin'))
      writeFileSync(join(dir, 'bin/gh'), FAKE_GH)
      chmodSync(join(dir, 'bin/gh'), 0o755)
      env = { GH_HOME: dir, PATH: `${join(dir, 'bin')}${delimiter}${process.env['PATH']}` }
    })

    it('downloads its channel files, and uploads them changed', async () => {
      const { code, stdout } = await rollout(['set', '20', '--release', 'v1.2.0'], env)
      expect(code).toBe(0)
      expect(stdout).toContain('latest-mac.yml          1.2.0    20%')
      expect(read('v1.2.0/latest-mac.yml')).toBe(`${MAC}stagingPercentage: 20\n`)
      const calls = read('calls').trim().split('\n')
      expect(calls[0]).toMatch(
        /^release download v1\.2\.0 --pattern latest\*\.yml --pattern beta\*\.yml --dir /,
      )
      expect(calls[1]).toMatch(/^release upload v1\.2\.0 \S+beta-linux\.yml .*latest\.yml --clobber$/)
    })

    it('uploads nothing when showing it', async () => {
      const { stdout } = await rollout(['show', '--release', 'v1.2.0'], env)
      expect(stdout).toContain('everybody')
      expect(read('calls').trim().split('\n')).toHaveLength(1)
    })

    it('prints gh’s error if there is no such release', async () => {
      const { code, stderr } = await rollout(['halt', '--release', 'v9.9.9'], env)
      expect(code).toBe(1)
      expect(stderr).toBe('gh release download v9.9.9: release not found')
    })

    it('prints where to get gh if it is missing', async () => {
      const { code, stderr } = await rollout(['halt', '--release', 'v1.2.0'], { PATH: join(dir, 'empty') })
      expect(code).toBe(1)
      expect(stderr).toContain('https://cli.github.com')
    })

    it('accepts tags only, so that nothing is parsed as an option of gh', async () => {
      const { code } = await rollout(['show', '--release=--repo'], env)
      expect(code).toBe(2)
    })
  },
)
