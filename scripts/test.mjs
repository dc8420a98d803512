// npm test: installs what is missing, then runs all checks and tests. With arguments: only those tests.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { findChromium } from './chromium.mjs'
import { ensureBuilt, ensureInstalled, node, root, run } from './project.mjs'

/** Programs used by the tests as real clients, and their Debian packages. */
const PROGRAMS = {
  curl: 'curl',
  // Shared by several relays.
  'redis-server': 'redis-server',
  // Any browser of the Chromium family. On other systems the tests report what is missing.
  ...(process.platform === 'linux' && findChromium() === undefined && { chromium: 'chromium' }),
  // A separate keychain for the tests and a validator for menu entries, needed on Linux only.
  ...(process.platform === 'linux' && {
    'dbus-daemon': 'dbus',
    'desktop-file-validate': 'desktop-file-utils',
    'gnome-keyring-daemon': 'gnome-keyring',
    'secret-tool': 'libsecret-tools',
    // Reverse proxies and validators for deploy/.
    nginx: 'nginx',
    caddy: 'caddy',
    promtool: 'prometheus',
    // A certificate authority.
    pebble: 'pebble',
    'systemd-analyze': 'systemd',
  }),
}

ensureInstalled()
ensureBuilt()
ensurePrograms()
const bin = (name, file) => join(root, 'node_modules', name, file)
const filters = process.argv.slice(2)
if (filters.length === 0) {
  run(node, [bin('typescript', 'bin/tsc'), '--noEmit'])
  for (const page of ['src/renderer', 'src/web'])
    run(node, [bin('typescript', 'bin/tsc'), '--noEmit', '-p', page])
  run(node, [bin('oxlint', 'bin/oxlint'), '--type-aware', '--max-warnings', '0'])
  run(node, [bin('oxfmt', 'bin/oxfmt'), '--check', '.'])
}
run(node, [bin('vitest', 'vitest.mjs'), 'run', ...filters], { stdio: 'inherit' })

function ensurePrograms() {
  const missing = Object.entries(PROGRAMS).filter(([program]) => !isThere(program))
  if (missing.length === 0) return
  const packages = missing.map(([, name]) => name)
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !isThere('apt-get')) {
    process.stderr.write(`The tests need these packages. Install them: ${packages.join(', ')}\n`)
    process.exit(1)
  }
  run('apt-get', ['update', '-q'])
  run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages])
}

function isThere(program) {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined
}
