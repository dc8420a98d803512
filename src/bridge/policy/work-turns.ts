let last: Promise<void> = Promise.resolve()

/**
 * Resolves in a later turn of the event loop that no other caller shares. Long work that awaits it between
 * steps delays the rest of the process by at most one step, however many run at once.
 */
export function nextTurn(): Promise<void> {
  last = last.then(() => new Promise((resolve) => void setImmediate(resolve)))
  return last
}
