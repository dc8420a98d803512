import { EventEmitter } from 'node:events'

/** Properties that the language and Node read from any object and that may be missing. */
const ASKED_OF_ALL = new Set(['then', 'toJSON', 'domain'])

/** Using a missing member throws an error that names it: a spec must not pass because a call did nothing. */
export function strict<T extends object>(name: string, object: T): T {
  return Object.setPrototypeOf(object, endOf(name, Object.prototype)) as T
}

/** An event emitter to extend, strict like the rest. */
export function strictEmitter(name: string): new () => EventEmitter {
  class Emitter extends EventEmitter {}
  Object.setPrototypeOf(Emitter.prototype, endOf(name, EventEmitter.prototype))
  return Emitter
}

/** The end of a prototype chain, which only lookups of missing members reach. */
function endOf(name: string, last: object): object {
  return new Proxy(last, {
    get(target, key, receiver) {
      if (typeof key === 'symbol' || key in target || ASKED_OF_ALL.has(key))
        return Reflect.get(target, key, receiver)
      throw new Error(`the stand-in for Electron has no ${name}.${key}`)
    },
  })
}
