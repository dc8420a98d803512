import { copyFileSync, constants, linkSync, renameSync, rmSync } from 'node:fs'

/**
 * Runs `replace`, which replaces a file and may delete it first. When it throws, the file is back as it was.
 * @param file `undefined`: there is nothing to keep.
 * @throws whatever `replace` throws, and file system errors before it was run.
 */
export function withFileKept(file: string | undefined, replace: () => void): void {
  if (file === undefined) return replace()
  const kept = `${file}.previous`
  keep(file, kept)
  try {
    replace()
  } catch (cause) {
    renameSync(kept, file)
    throw cause
  } finally {
    rmSync(kept, { force: true })
  }
}

function keep(file: string, kept: string): void {
  rmSync(kept, { force: true })
  try {
    linkSync(file, kept)
  } catch {
    // Not every file system has links.
    copyFileSync(file, kept, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
  }
}
