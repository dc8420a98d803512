import { download, upload } from '../client.ts'
import { inTurn, rowFor, type Row, type Target } from '../row.ts'
import type { Stage } from '../stage.ts'

const MIN_MB_PER_S = 250
const TARGET: Target = {
  text: `>= ${MIN_MB_PER_S} MB/s`,
  isReached: ({ ours }) => ours.median >= MIN_MB_PER_S,
}

/** One large body on one connection. */
export async function bulkRows({ paths }: Stage, rounds: number, mib: number): Promise<Row[]> {
  const bytes = mib * 2 ** 20
  const down = await inTurn(paths, rounds, (path) => download(path, bytes))
  const up = await inTurn(paths, rounds, (path) => upload(path, bytes))
  return [
    rowFor(`download, ${mib} MiB`, 'MB/s', down, TARGET),
    rowFor(`upload, ${mib} MiB`, 'MB/s', up, TARGET),
  ]
}
