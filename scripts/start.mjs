// npm start: installs what is missing, builds if needed, and runs everything on this machine, with a window if
// possible.
import { join } from 'node:path'
import { become, ensureBuilt, ensureInstalled, root, runAlong } from './project.mjs'

ensureInstalled()
ensureBuilt()
const args = process.argv.slice(2)
if (await lacksElectron()) {
  const exitCode = await runAlong([join(root, 'scripts/electron.mjs')], { NODE_USE_ENV_PROXY: '1' })
  if (exitCode !== 0) args.push('--headless')
}
await become([join(root, 'dist', 'cli', 'main.js'), 'start', ...args])

/** Whether only Electron is missing for a window. A custom Electron folder is not checked. */
async function lacksElectron() {
  const { findElectron, hasDisplay } = await import('../dist/cli/electron-program.js')
  const { env, platform } = process
  const isWanted = !args.some((arg) => ['--headless', '--help', '-h'].includes(arg))
  const isPossible = hasDisplay(env, platform) && env['CLOUDTOLOCALLLM_HEADLESS'] !== '1'
  return isWanted && isPossible && !env['ELECTRON_OVERRIDE_DIST_PATH'] && findElectron(env) === undefined
}
