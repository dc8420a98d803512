import { STAGE } from './desktop-app.ts'

/** Prints once per run what the desktop specs run on. */
export function setup(): void {
  process.stdout.write(`${STAGE}\n`)
}
