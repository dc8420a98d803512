import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { occupancyOf } from '../../src/bridge/doctor/data-dir.ts'
import { isRealElectron } from '../support/desktop-app.ts'
import { FakeUpstream } from '../support/fake-upstream.ts'
import { ROOT, Workshop } from '../support/program.ts'
import { TrayHost } from '../support/tray-host.ts'

let workshop: Workshop
let upstream: FakeUpstream
let tray: TrayHost
beforeEach(async () => {
  workshop = new Workshop()
  upstream = await FakeUpstream.start()
  tray = await TrayHost.start()
})
afterEach(async () => {
  await workshop.close()
  await upstream.close()
  await tray.close()
})

// Without an Electron that is named, `npm start` takes the one that is installed, and a real screen.
describe.runIf(process.platform === 'linux' && !isRealElectron)('npm start (on the stand-in only)', () => {
  it('opens the app, sends one chat through it, and closes it at exit', async () => {
    const dataDir = await workshop.dataDir()
    const env = {
      ...tray.env,
      DISPLAY: ':99',
      HOME: dataDir,
      TMPDIR: dataDir,
      ELECTRON_OVERRIDE_DIST_PATH: join(ROOT, 'e2e/support/electron-stand-in'),
      OLLAMA_HOST: upstream.origin,
    }
    const program = workshop.run(['start', '--json', '--port', '0', '--data-dir', dataDir], { env })
    const ready = await program.stdout.json(({ event }) => event === 'ready')
    expect(ready).toMatchObject({ upstreamKind: 'ollama', reply: expect.stringContaining('token-0') })
    const found = await occupancyOf(dataDir)
    if (found.kind !== 'held') throw new Error('nobody holds the data directory')
    expect(found.holder.pid).not.toBe(program.pid)
    program.kill('SIGINT')
    expect(await program.exit).toBe(0)
    expect(() => process.kill(found.holder.pid, 0)).toThrow(/ESRCH/)
    expect(program.stderr.seen).toEqual([])
  })
})
