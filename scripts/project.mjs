// Shared by the other scripts. Plain JavaScript for Node 18 and later, since it runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { delimiter, join } from 'node:path'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** The project's own Node: scripts may run on an older one, the project does not. */
export const node = join(
  root,
  'node_modules',
  'node',
  'bin',
  process.platform === 'win32' ? 'node.exe' : 'node',
)

/** Installs the locked dependencies, unless that was done since the lockfile changed. Reports on stderr. */
export function ensureInstalled() {
  const installed = join(root, 'node_modules', '.package-lock.json')
  const isCurrent =
    existsSync(installed) &&
    existsSync(node) &&
    statSync(installed).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs
  if (isCurrent) return
  process.stderr.write('Installing dependencies…\n')
  const npm = process.env['npm_execpath']
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  const [command, ...rest] = npm === undefined ? ['npm', ...args] : [process.execPath, npm, ...args]
  run(command, rest, { shell: npm === undefined && process.platform === 'win32' })
}

/** Compiles src/ if it is newer than dist/. */
export function ensureBuilt() {
  const built = join(root, 'dist', 'cli', 'main.js')
  if (existsSync(built) && newestIn(join(root, 'src')) <= statSync(built).mtimeMs) return
  run(process.execPath, [join(root, 'scripts', 'build.mjs')])
}

function newestIn(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce(
      (newest, { parentPath, path, name }) =>
        Math.max(newest, statSync(join(parentPath ?? path, name)).mtimeMs),
      0,
    )
}

/** Runs a step with its output on stderr; if it fails, exits with its code. */
export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], ...options })
  if (error !== undefined) process.stderr.write(`${command}: ${error.message}\n`)
  if (status !== 0) process.exit(status ?? 1)
}

/**
 * A small young generation: bodies are passed in large buffers, and freeing many of them at once delays every token by ten
 * milliseconds or more.
 */
const NODE_FLAGS = ['--max-semi-space-size=1']

/** Runs a program under the project's Node in place of this process: same streams, signals and exit code. */
export async function become(args, cwd = root) {
  process.exit(await runAlong([...NODE_FLAGS, ...args], { CLOUDTOLOCALLLM_COMMAND: COMMAND }, cwd))
}

/** The command line of this checkout, for suggestions. */
const COMMAND = process.platform === 'win32' ? 'node scripts/cli.mjs' : './cloudtolocalllm'

/**
 * Runs a program under the project's Node as a child: same streams and signals, and it exits with this process.
 * Resolves with its exit code; if it was killed by a signal, this process is too.
 */
export function runAlong(args, env = {}, cwd = root) {
  const bin = join(root, 'node_modules', '.bin')
  const child = spawn(node, args, {
    cwd,
    // The closed IPC channel tells the child that this process has exited, even if it was killed.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH']}`, ...env },
  })
  // A terminal sends Ctrl-C to both processes, and the child treats repeated signals as one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  // An intermediate shell dies of SIGTERM without passing it on, which would orphan this process.
  const parent = process.ppid
  const watch = setInterval(() => process.ppid === parent || child.kill('SIGTERM'), 250).unref()
  return new Promise((resolve) => {
    child.on('error', (error) => {
      process.stderr.write(`${node}: ${error.message}\n`)
      process.exit(1)
    })
    child.on('exit', (code, signal) => {
      clearInterval(watch)
      if (signal !== null) process.exit(128)
      resolve(code ?? 1)
    })
  })
}
