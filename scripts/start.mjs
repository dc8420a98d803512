// npm start: installs what is missing, builds if needed, and runs everything on this machine, in a window where there can be one.
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

/** There could be a window, but for Electron. Where its folder was named, that is no business of ours. */
async function lacksElectron() {
  const { findElectron, hasDisplay } = await import('../dist/cli/electron-program.js')
  const { env, platform } = process
  const isWanted = !args.some((arg) => ['--headless', '--help', '-h'].includes(arg))
  const isPossible = hasDisplay(env, platform) && env['CLOUDTOLOCALLLM_HEADLESS'] !== '1'
  return isWanted && isPossible && !env['ELECTRON_OVERRIDE_DIST_PATH'] && findElectron(env) === undefined
}
