type Follow = (argv: readonly string[]) => void

/** Queues launches and links that arrive before the app is ready. */
export class LaunchQueue {
  readonly #waiting: (readonly string[])[] = []
  #follow: Follow = (argv) => void this.#waiting.push(argv)

  push(argv: readonly string[]): void {
    this.#follow(argv)
  }

  /** Handles queued and future launches. */
  follow(follow: Follow): void {
    this.#follow = follow
    for (const argv of this.#waiting.splice(0)) follow(argv)
  }
}
