/** Loaded before the entry of a utility process: adds `process.parentPort`, and removes Node's own channel. */
import { strictEmitter } from './strict.ts'

const send = process.send?.bind(process)
if (send === undefined) throw new Error('the parent port of a utility process needs a channel')

class ParentPort extends strictEmitter('parentPort') {
  constructor() {
    super()
    const deliver = (data: unknown) => this.emit('message', { data, ports: [] })
    // Node queues messages while there is no listener, as Electron does.
    this.on('newListener', (name) => {
      if (name === 'message' && this.listenerCount(name) === 0) process.on('message', deliver)
    })
    this.on('removeListener', (name) => {
      if (name === 'message' && this.listenerCount(name) === 0) process.off('message', deliver)
    })
  }

  /** Throws for what cannot be cloned. */
  postMessage(message: unknown): void {
    send?.(message)
  }
}

Object.assign(process, { type: 'utility', parentPort: new ParentPort() })
delete process.send
// Without the app, Electron ends the process at once: no `exit` listener runs.
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'))
// The process keeps running even if nothing is pending.
setInterval(() => {}, 2 ** 30)
