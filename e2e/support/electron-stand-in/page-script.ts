/** Globals through which the stand-in's two halves, in the page and in the main process, communicate. */
export const BINDING = '__electronStandInSend'
export const DELIVER = '__electronStandInDeliver'

/**
 * Runs in every frame before the page's own scripts: the app's preload script, with the modules that Electron provides to
 * sandboxed preload scripts.
 */
export function pageScript(preload: string): string {
  return `(${prepare.toString()})(${JSON.stringify({ BINDING, DELIVER })}, function (require, module, exports) {${preload}\n})`
}

type Listener = (event: object, ...args: unknown[]) => void
type Send = (kind: 'invoke' | 'send', channel: string, args: unknown[]) => Promise<unknown>

/** Sent to the page as source text, so it must not use anything declared outside it. */
function prepare(
  names: { readonly BINDING: string; readonly DELIVER: string },
  preload: (require: (name: string) => object, module: object, exports: object) => void,
): void {
  const page = globalThis as Record<string, unknown>
  const send = page[names.BINDING] as Send
  delete page[names.BINDING]
  if (page['top'] !== page['self']) return
  const listeners = new Map<string, Set<Listener>>()
  const deliver = (channel: string, args: readonly unknown[]): void => {
    for (const listener of listeners.get(channel) ?? []) listener({}, ...args)
  }
  const ipcRenderer = {
    async invoke(channel: string, ...args: unknown[]) {
      const answer = (await send('invoke', channel, structuredClone(args))) as {
        error?: string
        result?: unknown
      }
      if (answer.error !== undefined)
        throw new Error(`Error invoking remote method '${channel}': ${answer.error}`)
      return answer.result
    },
    send: (channel: string, ...args: unknown[]) => void send('send', channel, structuredClone(args)),
    on(channel: string, listener: Listener) {
      listeners.set(channel, (listeners.get(channel) ?? new Set()).add(listener))
      return ipcRenderer
    },
    off(channel: string, listener: Listener) {
      listeners.get(channel)?.delete(listener)
      return ipcRenderer
    },
  }
  const contextBridge = {
    exposeInMainWorld: (name: string, api: object) =>
      void Object.defineProperty(page, name, { value: Object.freeze({ ...api }), enumerable: true }),
  }
  const electron = { contextBridge, ipcRenderer }
  Object.defineProperty(page, names.DELIVER, { value: deliver })
  const require = (name: string): object => {
    if (name === 'electron') return electron
    throw new Error(`a sandboxed preload script cannot require '${name}'`)
  }
  const module = { exports: {} }
  preload(require, module, module.exports)
}
