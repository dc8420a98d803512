// Compiles src/ to dist/ with the pinned compiler. Plain JavaScript for any Node, because `npm install` runs it
// (as `prepare`) before the project's own Node is on the path.
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

rmSync(`${root}dist`, { recursive: true, force: true })
const { status } = spawnSync(
  process.execPath,
  [`${root}node_modules/typescript/bin/tsc`, '-p', `${root}tsconfig.build.json`],
  { stdio: ['ignore', 'inherit', 'inherit'], cwd: root },
)
process.exit(status ?? 1)
