import { access, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { SecretService, SecretsProcess, type SecretsCommand } from '../support/secret-service.ts'

describe.runIf(process.platform === 'linux')('a real Secret Service (Linux alone has one)', () => {
  let service: SecretService
  let dataDir: string
  let program: SecretsProcess

  beforeEach(async () => {
    service = await SecretService.prepare()
    dataDir = await mkdtemp(join(tmpdir(), 'ctl-keychain-'))
    program = new SecretsProcess(service.bus, dataDir)
  })
  afterEach(async () => {
    await program.close()
    await service.close()
    await rm(dataDir, { recursive: true })
  })

  const ask = (command: SecretsCommand) => program.ask(command)

  async function restart(): Promise<void> {
    await program.close()
    program = new SecretsProcess(service.bus, dataDir)
  }

  /** A device that was paired in an earlier run. */
  async function paired(): Promise<void> {
    await service.start()
    await ask({ do: 'open' })
    await ask({ do: 'save' })
    await restart()
  }

  it('keeps the identity across restarts of the process and the keyring, and deletes it on request', async () => {
    await paired()
    await service.stop()
    await service.start()
    expect(await ask({ do: 'open' })).toEqual({ kind: 'keychain', trouble: null, told: [] })
    expect(await ask({ do: 'load' })).toMatchObject({ deviceId: 'this device' })
    await ask({ do: 'delete' })
    await restart()
    await ask({ do: 'open' })
    expect(await ask({ do: 'load' })).toEqual({ kind: 'keychain', trouble: null, deviceId: null })
    await expect(access(join(dataDir, 'secrets.json'))).rejects.toThrow('ENOENT')
  })

  it('reports a keyring that is locked at the start, and returns everything once it is unlocked', async () => {
    await paired()
    await service.stop()
    await service.start('locked')
    const locked = await ask({ do: 'open' })
    expect(locked).toMatchObject({ code: 'SECRETS_UNAVAILABLE', trouble: 'locked' })
    expect(locked.message).toContain('Unlock it and try again')
    await service.unlock()
    await ask({ do: 'open' })
    expect(await ask({ do: 'load' })).toMatchObject({ kind: 'keychain', deviceId: 'this device' })
  })

  it('does not mistake a keyring that gets locked for an empty one', async () => {
    await paired()
    await ask({ do: 'open' })
    await service.lock()
    expect(await ask({ do: 'load' })).toMatchObject({ code: 'SECRETS_UNAVAILABLE', trouble: 'locked' })
    expect(await ask({ do: 'delete' })).toMatchObject({ code: 'SECRETS_UNAVAILABLE', trouble: 'locked' })
    expect(await ask({ do: 'save' })).toMatchObject({ code: 'SECRETS_UNAVAILABLE', trouble: 'locked' })
    await service.unlock()
    expect(await ask({ do: 'load' })).toMatchObject({ trouble: null, deviceId: 'this device' })
  })

  it('waits for a missing keyring that contained the identity, in the same process', async () => {
    await paired()
    await service.stop()
    expect(await ask({ do: 'open' })).toMatchObject({ code: 'SECRETS_UNAVAILABLE', trouble: 'missing' })
    await service.start()
    await ask({ do: 'open' })
    expect(await ask({ do: 'load' })).toMatchObject({ deviceId: 'this device' })
  })

  it('loses nothing when the keyring restarts', async () => {
    await paired()
    await ask({ do: 'open' })
    await service.stop()
    expect(await ask({ do: 'load' })).toMatchObject({ code: 'SECRETS_UNAVAILABLE', trouble: 'missing' })
    await service.start()
    // libsecret detects a new service only through GLib's main loop, which Node does not run.
    await restart()
    await ask({ do: 'open' })
    expect(await ask({ do: 'load' })).toMatchObject({ trouble: null, deviceId: 'this device' })
  })

  it('lets the user sign in again while the keyring with the old identity is missing', async () => {
    await paired()
    await service.stop()
    expect(await ask({ do: 'open', giveUpKeychain: true })).toMatchObject({ kind: 'memory' })
    expect(await ask({ do: 'load' })).toMatchObject({ deviceId: null })
    await service.start()
    await restart()
    await ask({ do: 'open' })
    expect(await ask({ do: 'load' })).toMatchObject({ kind: 'keychain', deviceId: 'this device' })
  })

  it('reports an emptied keyring, and accepts a new sign-in', async () => {
    await paired()
    await service.stop()
    await service.forgetKeyrings()
    await service.start()
    await ask({ do: 'open' })
    expect(await ask({ do: 'load' })).toEqual({ kind: 'keychain', trouble: 'emptied', deviceId: null })
    expect(await ask({ do: 'save' })).toMatchObject({ trouble: null })
    expect(await ask({ do: 'load' })).toMatchObject({ deviceId: 'this device' })
  })

  it('without a keyring, keeps secrets in memory with a notice, and moves them to a file once the user agrees', async () => {
    const opened = await ask({ do: 'open' })
    expect(opened).toMatchObject({ kind: 'memory', trouble: 'missing' })
    expect(opened.told).toEqual([expect.stringContaining('this run only')])
    await ask({ do: 'save' })
    await expect(access(join(dataDir, 'secrets.json'))).rejects.toThrow('ENOENT')
    expect(await ask({ do: 'keepIn', kind: 'file' })).toMatchObject({ kind: 'file', trouble: null })
    await restart()
    expect(await ask({ do: 'open' })).toEqual({ kind: 'file', trouble: null, told: [] })
    expect(await ask({ do: 'load' })).toMatchObject({ deviceId: 'this device' })
  })

  it('moves from the file to a new keyring at the user’s request, and leaves nothing in the file', async () => {
    await ask({ do: 'open' })
    await ask({ do: 'save' })
    await ask({ do: 'keepIn', kind: 'file' })
    await service.start()
    await restart()
    expect(await ask({ do: 'open' })).toMatchObject({ kind: 'file' })
    expect(await ask({ do: 'keepIn', kind: 'keychain' })).toMatchObject({ kind: 'keychain' })
    expect(await readFile(join(dataDir, 'secrets.json'), 'utf8')).not.toContain('a credential')
    await restart()
    await ask({ do: 'open' })
    expect(await ask({ do: 'load' })).toMatchObject({ kind: 'keychain', deviceId: 'this device' })
  })
})
