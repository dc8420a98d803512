import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { lstat, realpath } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'

import envPaths from 'env-paths'

import { createDirectory } from '../../shared/directory.ts'
import { errorCase } from '../../shared/error-cases.ts'
import { AppError } from '../../shared/errors.ts'
import { fileTroubleWords } from '../../shared/system-error.ts'
import { requireOwnDir } from './ownership.ts'

const NAME = 'cloudtolocalllm'

/** sun_path has 104 bytes on macOS and 108 on Linux, including the terminating zero. */
const MAX_SOCKET_PATH_BYTES = 100

/**
 * The absolute data directory: `--data-dir`, else CLOUDTOLOCALLLM_DATA_DIR, else the platform's user data directory.
 * @param explicit the value of `--data-dir`
 */
export function dataDirFor(explicit: string | undefined, env: NodeJS.ProcessEnv): string {
  return resolve(explicit || env['CLOUDTOLOCALLLM_DATA_DIR'] || envPaths(NAME, { suffix: '' }).data)
}

/**
 * Creates the directory for this user only. An existing one keeps its mode, since it may have other uses.
 * @throws AppError CONFIG_INVALID if it cannot be created or others can write to it
 */
export async function ensureDataDir(dataDir: string): Promise<void> {
  try {
    createPrivateDir(dataDir)
  } catch (cause) {
    throw unusableDataDir(dataDir, cause)
  }
  await requireOwnDir(dataDir)
}

/** Creates a directory with its parents, accessible to this user only, unless it exists. @throws the file system's error */
export function createPrivateDir(path: string): void {
  createDirectory(path, { mkdirSync, existsSync, statSync, dirname })
}

/** @param cause a failed access to the directory */
export function unusableDataDir(dataDir: string, cause: unknown): AppError {
  const problem = fileTroubleWords(dataDir, cause)
  return new AppError('CONFIG_INVALID', errorCase('case.dataDir', { problem }), { cause })
}

/** Files of a data directory. */
export const FILES = {
  keys: 'keys.json',
  settings: 'settings.json',
  secrets: 'secrets.json',
  secretsBackend: 'secrets-backend.json',
  usage: 'usage.db',
  jobFiles: 'job-files',
  jobs: 'jobs.db',
  builtInRelay: 'built-in-relay.json',
  relayData: 'relay',
  acquiring: 'control.acquiring',
} as const

/** Path of the control socket. @param realDir the data directory with symbolic links resolved */
export function controlPathFor(realDir: string, platform: NodeJS.Platform = process.platform): string {
  const hash = createHash('sha256').update(realDir).digest('hex').slice(0, 24)
  if (platform === 'win32') return `\\\\.\\pipe\\${NAME}-${hash}`
  const path = join(realDir, 'control.sock')
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES) return path
  // Not os.tmpdir(): TMPDIR may differ between a service and a shell, and both would then own the directory.
  return `/tmp/${NAME}-${process.getuid?.()}/${hash}.sock`
}

/**
 * Creates the control socket's directory, inaccessible to other users, and returns the socket path.
 * @throws AppError CONFIG_INVALID if the data directory is unusable or another user owns the socket's directory
 */
export async function prepareControlPath(dataDir: string): Promise<string> {
  await ensureDataDir(dataDir)
  const realDir = await realpath(dataDir)
  const path = controlPathFor(realDir)
  const dir = dirname(path)
  if (process.platform === 'win32' || dir === realDir) return path
  createPrivateDir(dir)
  const stats = await lstat(dir)
  if (!stats.isDirectory() || stats.uid !== process.getuid?.() || (stats.mode & 0o077) !== 0)
    throw new AppError('CONFIG_INVALID', errorCase('case.dataDir.socket', { dir }))
  return path
}
