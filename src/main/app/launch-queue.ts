type Follow = (argv: readonly string[]) => void

/** Launches and links that come while the app starts wait here for somebody who can follow them. */
export class LaunchQueue {
  readonly #waiting: (readonly string[])[] = []
  #follow: Follow = (argv) => void this.#waiting.push(argv)

  push(argv: readonly string[]): void {
    this.#follow(argv)
  }

  /** From now on, and those that wait first. */
  follow(follow: Follow): void {
    this.#follow = follow
    for (const argv of this.#waiting.splice(0)) follow(argv)
  }
}
