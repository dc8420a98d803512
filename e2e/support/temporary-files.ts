import { mkdirSync, rmSync } from 'node:fs'
import type { TestProject } from 'vitest/node'

/** Removes what the tests of a project have left in its directory for temporary files. */
export function setup({ config }: TestProject): () => void {
  const directory = config.env['TMPDIR'] ?? ''
  mkdirSync(directory, { recursive: true })
  return () => rmSync(directory, { recursive: true, force: true })
}
