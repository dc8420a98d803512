import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CERTIFICATES } from '../../../e2e/support/certificates.ts'
import { CertificateStore, toCertificate } from './certificate-store.ts'

const { first, renewed } = CERTIFICATES
const CA = 'https://ca.example/acme/directory'

let dataDir: string
let store: CertificateStore
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'ctl-store-'))
  store = new CertificateStore({ dataDir, directoryUrl: CA, domain: 'localhost' })
})
afterEach(() => rm(dataDir, { recursive: true }))

const messageOf = (work: Promise<unknown>) =>
  work.then(
    () => 'no error',
    (error: Error & { code: string }) => `${error.code}: ${error.message}`,
  )

it('creates one account key, readable by this user only, and reuses it', async () => {
  const key = await store.readAccountKey()
  expect((await store.readAccountKey()).equals(key)).toBe(true)
  expect(store.accountFile).toBe(join(dataDir, 'acme/ca.example-acme-directory/account-key.pem'))
  expect((await stat(store.accountFile)).mode & 0o777).toBe(0o600)
})

it('returns the certificate with its key and times, and has none for another name or authority', async () => {
  expect(await store.readCertificate()).toBeUndefined()
  await store.writeCertificate(first)
  await store.writeCertificate(renewed)
  expect(await store.readCertificate()).toEqual(toCertificate(renewed.cert, renewed.key, 'localhost'))
  for (const other of [{ domain: 'other.example' }, { directoryUrl: 'https://staging.ca.example/directory' }])
    expect(
      await new CertificateStore({
        dataDir,
        directoryUrl: CA,
        domain: 'localhost',
        ...other,
      }).readCertificate(),
    ).toBeUndefined()
  expect(await readdir(join(dataDir, 'acme/ca.example-acme-directory'))).toEqual(['localhost.pem'])
})

describe('a damaged file', () => {
  it.each([
    ['garbage', 'garbage'],
    ['an empty file', ''],
    ['the key of another certificate', `${first.cert}${renewed.key}`],
    ['a certificate without a key', first.cert],
  ])('is neither used nor replaced, and the error suggests a fix: %s', async (_, text) => {
    await store.writeCertificate(first)
    const path = join(dataDir, 'acme/ca.example-acme-directory/localhost.pem')
    await writeFile(path, text)
    expect(await messageOf(store.readCertificate())).toBe(
      `CONFIG_INVALID: --data-dir: ${path} contains no certificate for localhost with its key. Move it away, and the relay gets another: mv ${path} ${path}.old`,
    )
    expect(await readFile(path, 'utf8')).toBe(text)
  })

  it('may be the account key', async () => {
    await store.readAccountKey()
    await writeFile(store.accountFile, 'garbage')
    expect(await messageOf(store.readAccountKey())).toContain(
      `${store.accountFile} contains no account key. Move it`,
    )
  })
})

it('refuses a directory or a file that others may write to', async () => {
  await store.readAccountKey()
  await chmod(store.accountFile, 0o666)
  expect(await messageOf(store.readAccountKey())).toContain('Other users can write to')
  await chmod(store.accountFile, 0o600)
  await chmod(join(dataDir, 'acme'), 0o777)
  expect(await messageOf(store.readAccountKey())).toContain('Other users can write to')
  expect(await messageOf(store.writeCertificate(first))).toContain('Other users can write to')
})
