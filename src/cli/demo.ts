import { startDemoUpstream, type DemoUpstream } from '../bridge/demo/server.ts'
import { systemClock } from '../tunnel/system-clock.ts'

/** The demo model, started on first use. */
export class Demo {
  #upstream: Promise<DemoUpstream> | undefined

  async origin(): Promise<string> {
    this.#upstream ??= startDemoUpstream({ clock: systemClock })
    return (await this.#upstream).origin
  }

  async close(): Promise<void> {
    await (await this.#upstream)?.close()
  }
}
