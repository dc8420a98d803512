let last: Promise<void> = Promise.resolve()

/**
 * Resolves in a later turn of the event loop, in which nobody else's does: long work that waits for it between its steps
 * delays the rest of the process by one step, however much of it there is.
 */
export function nextTurn(): Promise<void> {
  last = last.then(() => new Promise((resolve) => void setImmediate(resolve)))
  return last
}
