// npm run package: packages the desktop app for this system into out/packages. Arguments are passed to
// electron-builder: `npm run package -- --dir` creates a folder instead of installers, `-- --publish always` uploads to
// a draft release.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ensureInstalled, node, root, run } from './project.mjs'

ensureInstalled()
run(node, [join(root, 'scripts', 'build.mjs')])
const args = process.argv.slice(2)
const cli = join(root, 'node_modules', 'electron-builder', 'cli.js')
const builder = spawn(node, [cli, ...target(), ...args], {
  cwd: root,
  stdio: ['ignore', 'pipe', 'pipe'],
  // A workflow sets missing secrets to empty variables, which electron-builder would treat as a certificate and fail.
  env: Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== '')),
})
let said = ''
for (const stream of ['stdout', 'stderr']) {
  builder[stream].on('data', (text) => {
    said += text
    process[stream].write(text)
  })
}
const [code] = await once(builder, 'close')
process.stderr.write(code === 0 ? 'The packages are in out/packages.\n' : advice())
process.exitCode = code ?? 1

/** Uploads only on request. In a workflow the packages belong to its repository and receive updates from there. */
function target() {
  const never = args.includes('--publish') ? [] : ['--publish', 'never']
  const [owner, repo] = process.env['GITHUB_REPOSITORY']?.split('/') ?? []
  return repo === undefined ? never : [...never, `-c.publish.owner=${owner}`, `-c.publish.repo=${repo}`]
}

function advice() {
  if (!/ENOTFOUND|ECONN|EAI_AGAIN|ETIMEDOUT/.test(said)) return ''
  const { version } = JSON.parse(readFileSync(join(root, 'node_modules/electron/package.json'), 'utf8'))
  return `
Electron, or a tool that makes installers, could not be downloaded from github.com.
- Behind a proxy: set HTTPS_PROXY.
- With a mirror: set ELECTRON_MIRROR and ELECTRON_BUILDER_BINARIES_MIRROR.
- With an unpacked Electron ${version} at hand: npm run package -- --dir -c.electronDist=FOLDER
`
}
