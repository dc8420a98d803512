// Downloads the Electron binary, which is not part of its package. Fails fast with exit code 1 and one line with the
// reason. Runs under the project's Node.
import { spawnSync } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { root } from './project.mjs'

const ANSWER_TIMEOUT_MS = 3_000
const STALL_TIMEOUT_MS = 30_000
/** Assumed size if the server does not send one. */
const USUAL_BYTES = 115e6

const installer = join(root, 'node_modules/electron/install.js')
// Resolved from the installer, which has its own dependencies.
const require = createRequire(installer)
const { version } = require('./package.json')

// The parent process has exited.
process.once('disconnect', () => process.exit(1))
process.channel?.unref()
try {
  await fillCache()
  const { status } = spawnSync(process.execPath, [installer], { stdio: ['ignore', 2, 2] })
  if (status !== 0) throw new Error('it could not be unpacked')
} catch (error) {
  const { code, message } = error.cause ?? error
  const reason = typeof code === 'string' ? code : message
  // Overwrites an unfinished progress line.
  const begin = process.stderr.isTTY ? '\r' : ''
  process.stderr.write(`${begin}Electron could not be downloaded (${reason}): running without a window.\n`)
  process.exitCode = 1
}

/** Puts the archive where the installer looks first; the installer itself has no progress output and no timeout. */
async function fillCache() {
  const { downloadArtifact } = require('@electron/get')
  await downloadArtifact({
    version,
    artifactName: 'electron',
    checksums: require('./checksums.json'),
    cacheRoot: process.env['electron_config_cache'],
    downloader: { download },
  })
}

async function download(url, target) {
  const { host } = new URL(url)
  const waiting = new AbortController()
  let timer
  const waitFor = (ms, reason) => {
    clearTimeout(timer)
    timer = setTimeout(() => waiting.abort(new Error(reason)), ms)
  }
  waitFor(ANSWER_TIMEOUT_MS, `${host} does not respond`)
  try {
    const response = await fetch(url, { signal: waiting.signal })
    if (!response.ok) throw new Error(`${host} responded with ${response.status}`)
    const show = progressOf(Number(response.headers.get('content-length')) || USUAL_BYTES)
    const watched = async function* (chunks) {
      for await (const chunk of chunks) {
        waitFor(STALL_TIMEOUT_MS, `nothing came from ${host} for ${STALL_TIMEOUT_MS / 1000} s`)
        show(chunk.length)
        yield chunk
      }
    }
    await pipeline(Readable.fromWeb(response.body), watched, createWriteStream(target))
  } finally {
    clearTimeout(timer)
  }
}

/** Reports progress: one rewritten line on a terminal, a few lines elsewhere. */
function progressOf(totalBytes) {
  const { stderr } = process
  stderr.write(`Downloading Electron ${version}, once (about ${Math.ceil(totalBytes / 1e6)} MB)…\n`)
  let bytes = 0
  let shown = 0
  return (more) => {
    bytes += more
    const percent = Math.min(100, Math.floor((bytes / totalBytes) * 100))
    if (percent < shown + (stderr.isTTY ? 1 : 25)) return
    shown = percent
    stderr.write(stderr.isTTY ? `\r  ${percent}%${percent === 100 ? '\n' : ''}` : `  ${percent}%\n`)
  }
}
