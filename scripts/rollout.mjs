// Sets the share of installations that receive a published release. The app's updater reads `stagingPercentage` from
// the release's channel files; this changes it in a folder or in a GitHub release (through the `gh` program).
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { parse } from 'yaml'

const USAGE = `Usage: node scripts/rollout.mjs show|halt|set <percent> --release vX.Y.Z
       node scripts/rollout.mjs show|halt|set <percent> --dir FOLDER

Release a new version to 5%, then 20%, then 100% of installations. halt (0) stops it for all that do not have it yet.
Installations selected at 5% are also selected at 20%. --release needs the gh program, signed in.`

/** Channel files of Windows, macOS and Linux. */
const CHANNEL_FILE = /^(?:latest|beta)(?:-mac|-linux(?:-[a-z0-9]+)?)?\.yml$/
const PATTERNS = ['latest*.yml', 'beta*.yml']
/** No other top-level line can begin with this word. */
const STAGING_LINE = /^stagingPercentage:.*(?:\r?\n|$)/m

class UsageError extends Error {}

try {
  main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}

function main(args) {
  const command = parseCommand(args)
  if (command === null) return void process.stdout.write(`${USAGE}\n`)
  const { percent, dir, release } = command
  if (dir === undefined) return withDownloaded(release, (folder) => roll(folder, percent, release))
  roll(dir, percent)
}

/** Sets the percentage in all files, or in none if one of them is invalid; then prints them. */
function roll(folder, percent, release) {
  const files = channelFilesIn(folder)
  if (files.length === 0) throw new Error(`${release ?? folder} contains no latest*.yml or beta*.yml.`)
  const changed = percent === null ? [] : files.map((file) => ({ ...file, text: stagedText(file, percent) }))
  for (const { path, text } of changed) replace(path, text)
  if (release !== undefined && changed.length > 0)
    gh('release', 'upload', release, ...changed.map(({ path }) => path), '--clobber')
  printTable(channelFilesIn(folder))
}

/** @returns `percent`: null to leave it unchanged; null to print the usage */
function parseCommand(args) {
  const { values, positionals } = parseOptions(args)
  const [verb, value, ...rest] = positionals
  if (values.help || verb === undefined) return null
  if (rest.length > 0) throw new UsageError(`Unexpected argument "${rest[0]}".\n${USAGE}`)
  if ((values.dir === undefined) === (values.release === undefined))
    throw new UsageError('Specify the files: either --release vX.Y.Z or --dir FOLDER.')
  if (values.release !== undefined && !/^v\d+\.\d+\.\d+/.test(values.release))
    throw new UsageError(`--release is a tag such as v1.2.0, not "${String(values.release)}".`)
  return { ...values, percent: parsePercent(verb, value) }
}

function parseOptions(args) {
  const options = { dir: { type: 'string' }, release: { type: 'string' }, help: { type: 'boolean' } }
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    throw new UsageError(error.message)
  }
}

function parsePercent(verb, value) {
  if (verb === 'set') {
    if (!/^(?:\d|[1-9]\d|100)$/.test(value ?? ''))
      throw new UsageError(`set needs a whole number from 0 to 100, not "${value ?? ''}".`)
    return Number(value)
  }
  if (value !== undefined) throw new UsageError(`${verb} takes no number.`)
  if (verb === 'halt') return 0
  if (verb === 'show') return null
  throw new UsageError(`Unknown command "${verb}". Use show, set or halt.`)
}

function channelFilesIn(folder) {
  return readdirSync(folder)
    .filter((name) => CHANNEL_FILE.test(name))
    .sort()
    .map((name) => {
      const path = join(folder, name)
      const text = readFileSync(path, 'utf8')
      return { name, path, text, info: parseInfo(name, text) }
    })
}

function parseInfo(name, text) {
  let info
  try {
    info = parse(text)
  } catch (error) {
    throw new Error(`${name} is not YAML: ${error.message.split('\n')[0]}`, { cause: error })
  }
  const isInfo = typeof info?.version === 'string' && Array.isArray(info.files) && info.files.length > 0
  if (!isInfo) throw new Error(`${name} is not a channel file: it names no version or no files.`)
  return info
}

/** Changes one line of the text and no other byte. For 100 the line is removed. */
function stagedText({ name, text, info }, percent) {
  const newline = text.includes('\r\n') ? '\r\n' : '\n'
  const line = percent === 100 ? '' : `stagingPercentage: ${percent}${newline}`
  const before = text === '' || text.endsWith('\n') ? text : text + newline
  const after = STAGING_LINE.test(before) ? before.replace(STAGING_LINE, line) : before + line
  const { stagingPercentage: _replaced, ...expected } = info
  if (percent !== 100) expected.stagingPercentage = percent
  if (!parsesTo(after, expected))
    throw new Error(`${name} is written in a way that cannot be changed safely. Nothing was changed.`)
  return after
}

function parsesTo(text, expected) {
  try {
    return isDeepStrictEqual(parse(text), expected)
  } catch {
    return false
  }
}

function replace(path, text) {
  writeFileSync(`${path}.new`, text)
  renameSync(`${path}.new`, path)
}

function printTable(files) {
  const rows = files.map(({ name, info }) => [name, info.version, reachOf(info.stagingPercentage)])
  const table = [['file', 'version', 'reaches'], ...rows]
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)))
  for (const row of table)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
}

function reachOf(percent) {
  if (percent === undefined || percent === 100) return 'everybody'
  return Number(percent) === 0 ? 'nobody (halted)' : `${percent}%`
}

function withDownloaded(release, work) {
  const folder = mkdtempSync(join(tmpdir(), 'rollout-'))
  try {
    const patterns = PATTERNS.flatMap((pattern) => ['--pattern', pattern])
    gh('release', 'download', release, ...patterns, '--dir', folder)
    work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function gh(...args) {
  const { error, status, stderr } = spawnSync('gh', args, { encoding: 'utf8' })
  if (error?.code === 'ENOENT') throw new Error('The gh program is not installed: https://cli.github.com')
  if (error !== undefined) throw error
  if (status !== 0)
    throw new Error(`gh ${args.slice(0, 3).join(' ')}: ${stderr.trim() || `exit code ${status}`}`)
}
