/**
 * The only connection between the window and the main process. Runs sandboxed and exposes only `window.app`.
 */
import { contextBridge, ipcRenderer } from 'electron'
import { EVENT_CHANNEL, REQUEST_CHANNEL } from '../shared/ipc/channels.ts'
import type { AppApi } from '../shared/ipc/contract.ts'

const api: AppApi = {
  request: (name, ...payload) => ipcRenderer.invoke(REQUEST_CHANNEL, name, ...payload),
  on(name, listener) {
    const hear = (_: unknown, heard: unknown, event: Parameters<typeof listener>[0]): void => {
      if (heard === name) listener(event)
    }
    ipcRenderer.on(EVENT_CHANNEL, hear)
    return () => void ipcRenderer.off(EVENT_CHANNEL, hear)
  },
}

contextBridge.exposeInMainWorld('app', api)
