type Follow = (argv: readonly string[]) => void

/** Queues launches and links until the app has started and can handle them. */
export class LaunchQueue {
  readonly #waiting: (readonly string[])[] = []
  #follow: Follow = (argv) => void this.#waiting.push(argv)

  push(argv: readonly string[]): void {
    this.#follow(argv)
  }

  /** Handles the queued launches, then each new one. */
  follow(follow: Follow): void {
    this.#follow = follow
    for (const argv of this.#waiting.splice(0)) follow(argv)
  }
}
