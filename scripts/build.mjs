// Compiles src/ to dist/ with the pinned compiler and bundler. Plain JavaScript for any Node, because `npm install`
// runs it (as `prepare`) before the project's own Node is on the path.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { node, root, run } from './project.mjs'

const dist = join(root, 'dist')
mkdirSync(join(root, 'out'), { recursive: true })
// Built in a temporary directory: running programs see a complete dist/, and a failed build leaves it unchanged.
const next = mkdtempSync(join(root, 'out', 'dist-'))
const former = `${next}-former`
process.on('exit', () => {
  for (const folder of [next, former]) rmSync(folder, { recursive: true, force: true })
})
run(node, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json', '--outDir', next])
run(node, [join(root, 'scripts/bundle.mjs'), next])
chmodSync(next, 0o755)
chmodSync(join(next, 'cli/main.js'), 0o755)
moved(dist, former, ['ENOENT'])
// Two commands after an update both build, and the other one may have been faster: its result is the same.
const isPlaced = () =>
  moved(next, dist, ['ENOTEMPTY', 'EEXIST', 'EPERM']) || existsSync(join(dist, 'cli/main.js'))
if (!isPlaced() && !isPlaced()) renameSync(next, dist)

/** @param expected codes of errors that are no reason to give up */
function moved(from, to, expected) {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if (!expected.includes(error.code)) throw error
    return false
  }
}
