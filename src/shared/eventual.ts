/** A value that is available synchronously if possible: the common case costs no promise and no turn of the event loop. */
export type Eventual<T> = T | Promise<T>

/** Continues with the value, synchronously if it is available. */
export function after<T, R>(value: Eventual<T>, use: (value: T) => Eventual<R>): Eventual<R> {
  return value instanceof Promise ? value.then(use) : use(value)
}

/** Runs `work`, and `rescue` if it fails, now or later. */
export function orElse<T, R>(
  work: () => Eventual<T>,
  rescue: (cause: unknown) => Eventual<R>,
): Eventual<T | R> {
  try {
    const value = work()
    return value instanceof Promise ? value.catch(rescue) : value
  } catch (cause) {
    return rescue(cause)
  }
}
