import { EventEmitter } from 'node:events'

/** Properties that JavaScript and Node look up on any object; they may be missing. */
const ASKED_OF_ALL = new Set(['then', 'toJSON', 'domain'])

/** Makes access to a missing member throw an error that names it, so that no test passes because a call did nothing. */
export function strict<T extends object>(name: string, object: T): T {
  return Object.setPrototypeOf(object, endOf(name, Object.prototype)) as T
}

/** A base class for event emitters with the same strictness. */
export function strictEmitter(name: string): new () => EventEmitter {
  class Emitter extends EventEmitter {}
  Object.setPrototypeOf(Emitter.prototype, endOf(name, EventEmitter.prototype))
  return Emitter
}

/** The last object in the prototype chain. Only lookups of missing members get this far. */
function endOf(name: string, last: object): object {
  return new Proxy(last, {
    get(target, key, receiver) {
      if (typeof key === 'symbol' || key in target || ASKED_OF_ALL.has(key))
        return Reflect.get(target, key, receiver)
      throw new Error(`the stand-in for Electron has no ${name}.${key}`)
    },
  })
}
