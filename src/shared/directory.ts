/** The functions of Node that this needs. */
export interface DirectoryPorts {
  /** Creates one directory, in one that exists. */
  mkdirSync(path: string, options: { readonly mode: number }): unknown
  existsSync(path: string): boolean
  statSync(path: string): { isDirectory(): boolean }
  dirname(path: string): string
}

const OWNER_ONLY = 0o700

/**
 * Creates a directory with its parents, for this user only, unless it exists. Node's own recursion never ends where the
 * system takes no directory and reports that its parent is missing, as in /proc.
 * @throws the file system's error
 */
export function createDirectory(path: string, ports: DirectoryPorts): void {
  const parent = ports.dirname(path)
  if (parent !== path && !ports.existsSync(parent)) createDirectory(parent, ports)
  try {
    ports.mkdirSync(path, { mode: OWNER_ONLY })
  } catch (cause) {
    if (!ports.existsSync(path) || !ports.statSync(path).isDirectory()) throw cause
  }
}
