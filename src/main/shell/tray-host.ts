import type { EventEmitter } from 'node:events'

import { systemClock } from '../../tunnel/system-clock.ts'

const WATCHER = 'org.kde.StatusNotifierWatcher'
const ANSWER_TIMEOUT_MS = 1_000

/** A panel may start later than the session's autostart programs. */
const PATIENCE_MS = 15_000
const PAUSE_MS = 1_000

/** Like `hasTrayHost`, with a grace period at the start of a session. */
export async function awaitTrayHost(): Promise<boolean> {
  const until = systemClock.monotonic() + PATIENCE_MS
  while (!(await hasTrayHost())) {
    if (systemClock.monotonic() >= until) return false
    await new Promise<void>((resolve) => systemClock.after(PAUSE_MS, resolve))
  }
  return true
}

/**
 * Whether this desktop shows tray icons now. On Linux this depends on the panel (plain GNOME shows none) and creating
 * an icon does not report it, so the session bus is queried. Without a bus or a response the result is false. Never
 * throws.
 */
export async function hasTrayHost(): Promise<boolean> {
  if (process.platform !== 'linux') return true
  const { Message, sessionBus, Variant } = await import('@jellybrick/dbus-next')
  const bus = sessionBus()
  const events: EventEmitter = bus
  const refused = Promise.withResolvers<null>()
  events.on('error', () => refused.resolve(null))
  const timer = systemClock.after(ANSWER_TIMEOUT_MS, () => refused.resolve(null))
  const question = new Message({
    destination: WATCHER,
    path: '/StatusNotifierWatcher',
    interface: 'org.freedesktop.DBus.Properties',
    member: 'Get',
    signature: 'ss',
    body: [WATCHER, 'IsStatusNotifierHostRegistered'],
  })
  try {
    const answer = await Promise.race([bus.call(question), refused.promise])
    const [value] = answer?.body ?? []
    return value instanceof Variant && value.value === true
  } catch {
    return false
  } finally {
    timer.cancel()
    bus.disconnect()
  }
}
