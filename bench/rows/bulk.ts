import { download, upload } from '../client.ts'
import { atLeastOfSsh, inTurn, rowFor, type Row } from '../row.ts'
import { completePaths, type Stage } from '../stage.ts'

const TARGET = atLeastOfSsh(0.9)

/** One large body on one connection. */
export async function bulkRows(stage: Stage, rounds: number, mib: number): Promise<Row[]> {
  const paths = completePaths(stage)
  const bytes = mib * 2 ** 20
  const down = await inTurn(paths, rounds, (path) => download(path, bytes))
  const up = await inTurn(paths, rounds, (path) => upload(path, bytes))
  return [
    rowFor(`download, ${mib} MiB`, 'MB/s', down, TARGET),
    rowFor(`upload, ${mib} MiB`, 'MB/s', up, TARGET),
  ]
}
