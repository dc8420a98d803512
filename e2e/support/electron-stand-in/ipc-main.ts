import type { WebContents, WebFrame } from './web-contents.ts'
import { strictEmitter } from './strict.ts'

export interface IpcEvent {
  readonly sender: WebContents
  readonly senderFrame: WebFrame
}

type Handler = (event: IpcEvent, ...args: unknown[]) => unknown

class IpcMain extends strictEmitter('ipcMain') {
  readonly #handlers = new Map<string, Handler>()

  handle(channel: string, handler: Handler): void {
    if (this.#handlers.has(channel))
      throw new Error(`Attempted to register a second handler for '${channel}'`)
    this.#handlers.set(channel, handler)
  }

  removeHandler(channel: string): void {
    this.#handlers.delete(channel)
  }

  /** What `ipcRenderer.invoke` ends in. */
  async answer(event: IpcEvent, channel: string, args: readonly unknown[]): Promise<unknown> {
    const handler = this.#handlers.get(channel)
    if (handler === undefined) throw new Error(`No handler registered for '${channel}'`)
    return structuredClone(await handler({ ...event, type: 'frame' } as IpcEvent, ...args))
  }
}

export const ipcMain = new IpcMain()
