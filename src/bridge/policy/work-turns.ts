let last: Promise<void> = Promise.resolve()

/**
 * Resolves in a separate turn of the event loop. Long work that awaits this between its steps delays the rest of the
 * process by one step at a time, however many such tasks run.
 */
export function nextTurn(): Promise<void> {
  last = last.then(() => new Promise((resolve) => void setImmediate(resolve)))
  return last
}
