// node scripts/draft-check.mjs v1.2.3: checks that a draft release is complete. Every system must have its update file,
// and every package named there must exist with the stated size. Reads the release through the `gh` command.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'

/** Suffixes of the update file and the packages, by system. */
const SYSTEMS = {
  Linux: { file: '-linux.yml', packages: ['.AppImage', '.deb'] },
  macOS: { file: '-mac.yml', packages: ['-x64.zip', '-x64.dmg', '-arm64.zip', '-arm64.dmg'] },
  Windows: { file: '.yml', packages: ['.exe'] },
}

const tag = process.argv[2] ?? ''
const [, channel = 'latest'] =
  /^v\d+\.\d+\.\d+(?:-([a-z]+))?/.exec(tag) ?? fail('Usage: draft-check.mjs v1.2.3')
const { isDraft, isPrerelease, assets } = JSON.parse(
  gh('release', 'view', tag, '--json', 'isDraft,isPrerelease,assets'),
)
const sizes = new Map(assets.map(({ name, size }) => [name, size]))
const folder = mkdtempSync(join(tmpdir(), 'draft-'))
try {
  gh('release', 'download', tag, '--dir', folder, '--pattern', '*.yml')
  const problems = Object.entries(SYSTEMS).flatMap(([system, { file, packages }]) =>
    problemsOf(system, `${channel}${file}`, packages),
  )
  if (!isDraft) problems.push(`${tag} is published already`)
  // Apps on the stable channel use the latest release that is not a prerelease.
  if (isPrerelease !== (channel !== 'latest'))
    problems.push(`${tag} is ${isPrerelease ? '' : 'not '}marked as a pre-release`)
  if (problems.length > 0) fail(problems.join('\n'))
  process.stdout.write(`The draft of ${tag} is complete: ${sizes.size} files.\n`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function problemsOf(system, name, packages) {
  if (!sizes.has(name)) return [`${system}: ${name} is not there`]
  const { version, files } = parse(readFileSync(join(folder, name), 'utf8'))
  return [
    ...(`v${version}` === tag ? [] : [`${system}: ${name} is of version ${version}`]),
    ...packages
      .filter((end) => !files.some(({ url }) => url.endsWith(end)))
      .map((end) => `${system}: ${name} names no …${end}`),
    ...files
      .filter(({ url, size }) => sizes.get(url) !== size)
      .map(({ url, size }) => `${system}: ${url} has ${sizes.get(url) ?? 'no'} bytes, not ${size}`),
  ]
}

function gh(...args) {
  return execFileSync('gh', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
