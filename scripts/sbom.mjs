// node scripts/sbom.mjs FILE: writes the list of shipped npm packages in CycloneDX JSON. `npm sbom --omit dev` alone
// omits packages that a development dependency needs too (npm/cli#7909), so it runs on a copy without development
// dependencies.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './project.mjs'

const [file] = process.argv.slice(2)
if (file === undefined) fail('Usage: sbom.mjs FILE')
const { devDependencies: _, ...manifest } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const temporary = mkdtempSync(join(tmpdir(), 'sbom-'))
// npm names the root component after its folder.
const folder = join(temporary, manifest.name)
try {
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  copyFileSync(join(root, 'package-lock.json'), join(folder, 'package-lock.json'))
  npm('install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund')
  writeFileSync(
    file,
    npm(
      'sbom',
      '--package-lock-only',
      '--sbom-format',
      'cyclonedx',
      '--sbom-type',
      'application',
      '--omit',
      'dev',
    ),
  )
} finally {
  rmSync(temporary, { recursive: true, force: true })
}

function npm(...args) {
  const { status, stdout, error } = spawnSync('npm', [...args, '--prefix', '.', '--loglevel', 'error'], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    // On Windows npm is a batch file.
    shell: process.platform === 'win32',
  })
  if (status === 0) return stdout
  // Not process.exit: the copy has to be deleted.
  throw new Error(`npm ${args[0]} failed: ${error?.message ?? `exit code ${status}`}`)
}

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
