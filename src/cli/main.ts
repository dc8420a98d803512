#!/usr/bin/env node
// Imports nothing before the check: an older Node could not load the rest.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major > 24 || (major === 24 && minor >= 5)) {
  const { runProgram } = await import('./program.ts')
  await runProgram()
} else {
  process.stderr.write(`cloudtolocalllm requires Node.js 24.5 or later; this is ${process.versions.node}\n`)
  process.exitCode = 2
}
