/** Whether another user of the machine could have put there what a file or directory says. As POSIX has it. */
import { toShellWord } from './quote.ts'

/** What the system says of a file or directory itself. */
export interface FileFacts {
  readonly uid: number
  readonly mode: number
}

const WRITABLE_BY_OTHERS = 0o022
const ALL_OF_OTHERS = 0o077

/**
 * Why what lies there cannot be trusted, and what to do: one line.
 * @param uid of this process
 * @returns `null` where it is this user's or root's, and nobody else can write to it
 */
export function ownershipProblem(path: string, facts: FileFacts, uid: number): string | null {
  if (facts.uid !== uid && facts.uid !== 0)
    return `${path} belongs to another user (uid ${facts.uid}), who could let themselves in. Run as that user, or choose another data directory.`
  if ((facts.mode & WRITABLE_BY_OTHERS) === 0) return null
  return `Other users can write to ${path}, and could let themselves in. Run: chmod go-w ${toShellWord(path)}`
}

/** A link could lead anywhere. */
export function linkProblem(path: string): string {
  return `${path} is a symbolic link, which is not followed here. Put the file itself in its place.`
}

/** A file of this user's that others may read, or more. Those of root are as an administrator wanted them. */
export function isLoose({ uid: owner, mode }: FileFacts, uid: number): boolean {
  return owner === uid && (mode & ALL_OF_OTHERS) !== 0
}
