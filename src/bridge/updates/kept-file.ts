import { copyFileSync, constants, linkSync, renameSync, rmSync } from 'node:fs'

/**
 * Runs `replace`, which replaces a file and may delete it first. If it throws, the file is restored.
 * @param file `undefined` if there is nothing to preserve
 * @throws the error of `replace`, and file system errors before it runs
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
    // Not every file system supports links.
    copyFileSync(file, kept, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
  }
}
