import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { expect, it, onTestFinished } from 'vitest'
import { ROOT } from '../support/program.ts'

const BUILDS = 4

/** Takes the place of the compiler: ends together with those of the other builds, and leaves many files. */
const COMPILER = `
const fs = require('node:fs')
const { join } = require('node:path')
const out = process.argv.at(-1)
for (const folder of ['cli', 'relay', 'bridge']) {
  fs.mkdirSync(join(out, folder))
  for (let n = 0; n < 300; n++) fs.writeFileSync(join(out, folder, n + '.js'), '')
}
fs.writeFileSync(join(out, 'cli/main.js'), '')
fs.writeFileSync(join('ready', String(process.pid)), '')
while (fs.readdirSync('ready').length < ${BUILDS}) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
`

it('builds that end at the same time all succeed, and leave one whole result', async () => {
  const root = await mkdtemp(join(tmpdir(), 'ctl-build-'))
  onTestFinished(() => rm(root, { recursive: true }))
  await mkdir(join(root, 'scripts'))
  for (const script of ['build.mjs', 'project.mjs'])
    await cp(join(ROOT, 'scripts', script), join(root, 'scripts', script))
  await writeFile(join(root, 'scripts/bundle.mjs'), '')
  for (const folder of ['node_modules/typescript/bin', 'node_modules/node/bin', 'ready', 'dist/cli'])
    await mkdir(join(root, folder), { recursive: true })
  await writeFile(join(root, 'node_modules/typescript/bin/tsc'), COMPILER)
  await symlink(process.execPath, join(root, 'node_modules/node/bin/node'))
  const builds = Array.from({ length: BUILDS }, async () => {
    const build = spawn(process.execPath, [join(root, 'scripts/build.mjs')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const [errors, [code]] = await Promise.all([buffer(build.stderr), once(build, 'exit')])
    return [code, errors.toString()]
  })
  expect(await Promise.all(builds)).toEqual(builds.map(() => [0, '']))
  expect(await readdir(join(root, 'dist/cli'))).toHaveLength(301)
  expect(await readdir(join(root, 'out'))).toEqual([])
})
