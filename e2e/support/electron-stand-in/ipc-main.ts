import { strictEmitter } from './strict.ts'

type Handler = (event: object, ...args: unknown[]) => unknown

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

  /**
   * Answers an `ipcRenderer.invoke`.
   * @param event the sender and its frame
   */
  async answer(event: object, channel: string, args: readonly unknown[]): Promise<unknown> {
    const handler = this.#handlers.get(channel)
    if (handler === undefined) throw new Error(`No handler registered for '${channel}'`)
    return structuredClone(await handler({ ...event, type: 'frame' }, ...args))
  }
}

export const ipcMain = new IpcMain()
