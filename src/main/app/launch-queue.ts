type Follow = (argv: readonly string[]) => void

/** Queues launches and links until the app has started and can handle them. */
export class LaunchQueue {
  readonly #waiting: (readonly string[])[] = []
  #follow: Follow = (argv) => void this.#waiting.push(argv)

  push(argv: readonly string[]): void {
    this.#follow(argv)
  }

  /** Passes the queued launches to `follow`, then each new one as it arrives. */
  follow(follow: Follow): void {
    this.#follow = follow
    for (const argv of this.#waiting.splice(0)) follow(argv)
  }
}
