// Compiles src/ to dist/ with the pinned compiler. Plain JavaScript for any Node, because `npm install` runs it
// (as `prepare`) before the project's own Node is on the path.
import { chmodSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root, run } from './project.mjs'

rmSync(join(root, 'dist'), { recursive: true, force: true })
run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.build.json')])
chmodSync(join(root, 'dist/cli/main.js'), 0o755)
