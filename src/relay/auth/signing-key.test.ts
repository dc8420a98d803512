import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSigningKey, loadSigningKey } from './signing-key.ts'

let root: string
let dataDir: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'relay-key-'))
  dataDir = join(root, 'data')
})
afterEach(() => rm(root, { recursive: true }))

describe('loadSigningKey', () => {
  it('creates a key once and reuses it after a restart', async () => {
    const first = await loadSigningKey(dataDir)
    const second = await loadSigningKey(dataDir)
    expect(second.keyId).toBe(first.keyId)
    expect(second.routingSecret).toEqual(first.routingSecret)
  })

  it.skipIf(process.platform === 'win32')(
    'hides the key from other users and leaves no temporary file behind',
    async () => {
      await loadSigningKey(dataDir)
      expect((await stat(dataDir)).mode & 0o777).toBe(0o700)
      expect((await stat(join(dataDir, 'relay-key.json'))).mode & 0o777).toBe(0o600)
      expect(await readdir(dataDir)).toEqual(['relay-key.json'])
    },
  )

  it('gives relays that start together on one directory the same key', async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, () => loadSigningKey(dataDir)))
    expect(new Set(keys.map((key) => key.keyId)).size).toBe(1)
    expect(await readdir(dataDir)).toEqual(['relay-key.json'])
  })

  it.each([
    '',
    '{"kty":"OKP","crv":"Ed25519"',
    '{}',
    'null',
    '{"kty":"OKP","crv":"Ed25519","d":"AAAA","x":"AAAA"}',
  ])('refuses the corrupt file %j and leaves it unchanged', async (text) => {
    await loadSigningKey(dataDir)
    const path = join(dataDir, 'relay-key.json')
    await writeFile(path, text)
    await expect(loadSigningKey(dataDir)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(path),
    })
    expect(await readFile(path, 'utf8')).toBe(text)
  })

  it('refuses a file whose public and private keys do not match', async () => {
    await loadSigningKey(dataDir)
    const path = join(dataDir, 'relay-key.json')
    const foreign = (await createSigningKey()).publicKey.export({ format: 'jwk' }).x
    await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), x: foreign }))
    await expect(loadSigningKey(dataDir)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })

  it('refuses an unusable directory instead of running with a temporary key', async () => {
    await writeFile(dataDir, 'a file')
    await expect(loadSigningKey(dataDir)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })

  it('never replaces an unreadable key', async () => {
    await mkdir(join(dataDir, 'relay-key.json'), { recursive: true })
    await expect(loadSigningKey(dataDir)).rejects.toMatchObject({ code: 'CONFIG_INVALID' })
  })
})

describe('createSigningKey', () => {
  it('creates a different key each time', async () => {
    const [a, b] = [await createSigningKey(), await createSigningKey()]
    expect(a.keyId).not.toBe(b.keyId)
    expect(a.routingSecret).not.toEqual(b.routingSecret)
  })

  it('is the same from its text as from its file; other text is refused without being quoted', async () => {
    const inFile = await loadSigningKey(dataDir)
    const text = await readFile(join(dataDir, 'relay-key.json'), 'utf8')
    expect((await loadSigningKey('/nowhere', text)).keyId).toBe(inFile.keyId)
    for (const other of ['', 'secret', '{"kty":"OKP","d":"secret"}']) {
      const error: unknown = await loadSigningKey('/nowhere', other).catch((cause: unknown) => cause)
      expect(error).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(/^RELAY_KEY/) })
      expect((error as Error).message).not.toContain('secret')
    }
  })
})

describe.skipIf(process.platform === 'win32')('a directory that others can reach (POSIX modes)', () => {
  it.each([0o770, 0o777, 0o1777, 0o702])('is refused if they can write to it: %o', async (mode) => {
    await loadSigningKey(dataDir)
    await chmod(dataDir, mode)
    await expect(loadSigningKey(dataDir)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `--data-dir: Other users can write to ${dataDir}, and could gain access. Run: chmod go-w ${dataDir}`,
    })
    expect((await stat(dataDir)).mode & 0o7777).toBe(mode)
  })

  it('is refused if the key is writable by others or is a link', async () => {
    await loadSigningKey(dataDir)
    const path = join(dataDir, 'relay-key.json')
    await chmod(path, 0o620)
    await expect(loadSigningKey(dataDir)).rejects.toThrow(`Run: chmod go-w ${path}`)
    await chmod(path, 0o600)
    await rename(path, join(root, 'elsewhere'))
    await symlink(join(root, 'elsewhere'), path)
    await expect(loadSigningKey(dataDir)).rejects.toThrow(`${path} is a symbolic link`)
  })

  it('has the key’s read permission for others removed', async () => {
    const { keyId } = await loadSigningKey(dataDir)
    const path = join(dataDir, 'relay-key.json')
    await chmod(path, 0o644)
    expect((await loadSigningKey(dataDir)).keyId).toBe(keyId)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })
})
