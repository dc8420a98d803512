import type { EventEmitter } from 'node:events'

import { pause } from '../../shared/clock.ts'
import { systemClock } from '../../tunnel/system-clock.ts'

const WATCHER = 'org.kde.StatusNotifierWatcher'
const ANSWER_TIMEOUT_MS = 1_000

/** The panel may start after the apps of the session. */
const PATIENCE_MS = 15_000
const PAUSE_MS = 1_000

/** Like `hasTrayHost`, but retries while the session starts. */
export async function awaitTrayHost(): Promise<boolean> {
  const until = systemClock.monotonic() + PATIENCE_MS
  while (!(await hasTrayHost())) {
    if (systemClock.monotonic() >= until) return false
    await pause(systemClock, PAUSE_MS)
  }
  return true
}

/**
 * Whether the desktop displays tray icons. On Linux this depends on the panel (plain GNOME does not), and
 * creating an icon does not fail, so the session bus is asked. Returns false without a bus or a reply. Never
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
