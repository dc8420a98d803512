import { rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'

import { Message, type MessageBus, sessionBus, Variant } from '@jellybrick/dbus-next'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { hasTrayHost } from '../../src/main/shell/tray-host.ts'
import { SessionBus } from '../support/session-bus.ts'

const NAME = 'org.kde.StatusNotifierWatcher'

/** Answers every request with this. */
function watch(panel: MessageBus, hasHost: boolean): Promise<number> {
  panel.addMethodHandler((question) => {
    expect(question.body).toEqual([NAME, 'IsStatusNotifierHostRegistered'])
    panel.send(Message.newMethodReturn(question, 'v', [new Variant('b', hasHost)]))
    return true
  })
  return panel.requestName(NAME)
}

describe.runIf(process.platform === 'linux')('whether there is a tray (only Linux has to ask)', () => {
  let bus: SessionBus
  let panel: MessageBus

  beforeEach(async () => {
    bus = await SessionBus.start()
    panel = sessionBus({ busAddress: bus.address })
    await once(panel, 'connect')
    vi.stubEnv('DBUS_SESSION_BUS_ADDRESS', bus.address)
  })
  afterEach(async () => {
    vi.unstubAllEnvs()
    panel.disconnect()
    await bus.close()
  })

  it.each([
    ['a panel that shows icons', true],
    ['a watcher without a panel', false],
  ])('%s: %s', async (_what, hasHost) => {
    await watch(panel, hasHost)
    expect(await hasTrayHost()).toBe(hasHost)
  })

  it('a desktop without a tray: no', async () => {
    expect(await hasTrayHost()).toBe(false)
  })

  it('a name owned by something other than a watcher: no', async () => {
    await panel.requestName(NAME)
    expect(await hasTrayHost()).toBe(false)
  })

  it.each(['', 'unix:path=/nonexistent/bus', 'nonsense', 'unix:abstract=/nonexistent'])(
    'no bus at "%s": no, without an error',
    async (address) => {
      vi.stubEnv('DBUS_SESSION_BUS_ADDRESS', address)
      vi.stubEnv('XDG_RUNTIME_DIR', bus.dir)
      vi.stubEnv('HOME', bus.dir)
      vi.stubEnv('DISPLAY', '')
      expect(await hasTrayHost()).toBe(false)
    },
  )

  it('waits only a second for a silent bus', async () => {
    const path = join(bus.dir, 'silent')
    const sockets: Socket[] = []
    const server = createServer((socket) => sockets.push(socket)).listen(path)
    await once(server, 'listening')
    vi.stubEnv('DBUS_SESSION_BUS_ADDRESS', `unix:path=${path}`)
    const startedAt = performance.now()
    expect(await hasTrayHost()).toBe(false)
    // The bus would be waited for without an end.
    expect(performance.now() - startedAt).toBeLessThan(20_000)
    for (const socket of sockets) socket.destroy()
    server.close()
    await rm(path, { force: true })
  })

  it('leaves no connection behind', async () => {
    const names = async () => {
      const [list] = await bus.call([
        'org.freedesktop.DBus',
        '/org/freedesktop/DBus',
        'org.freedesktop.DBus',
        'ListNames',
      ])
      return (list as string[]).length
    }
    const before = await names()
    await hasTrayHost()
    await expect.poll(names).toBe(before)
  })
})
