import { globSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'

const SRC = resolve(import.meta.dirname, '../../..')

/** Their errors are answers to clients. The window shows the code of such a request. */
const FOR_CLIENTS = /^bridge\/(?:demo|forward|jobs|kept|policy)\//

/** Numbers of errors that no window can meet, by file. */
const FOR_OTHERS: Readonly<Record<string, number>> = {
  // To other processes.
  'bridge/data-dir/control.ts': 3,
  'bridge/data-dir/owner-lock.ts': 2,
  // To clients.
  'bridge/supervisor/supervisor.ts': 1,
  'bridge/keys/key-limits.ts': 1,
  // About options on the command line, such as `keys create --key-file`.
  'bridge/keys/key-record.ts': 3,
  'bridge/keys/key-store.ts': 4,
  'bridge/sign-in/device-sign-in.ts': 1,
}

/** An error with a sentence of its own in plain English, in place of which the window shows the text of its code. */
const PLAIN = /new AppError\(\s*[^,()]+,\s*['"`]/g

it('the window can say what is wrong in each language, since only clients and commands get plain English', () => {
  const found = globSync('{bridge,main}/**/*.ts', { cwd: SRC })
    .filter((path) => !/\.test(?:-support)?\.ts$/.test(path) && !FOR_CLIENTS.test(path))
    .map((path) => [path, readFileSync(join(SRC, path), 'utf8').match(PLAIN)?.length ?? 0] as const)
  expect(Object.fromEntries(found.filter(([, count]) => count > 0))).toEqual(FOR_OTHERS)
})
