import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { assetResponse } from './assets.ts'

let folder: string
beforeAll(async () => {
  const base = await mkdtemp(join(tmpdir(), 'ctl-assets-'))
  folder = join(base, 'renderer')
  await mkdir(folder)
  await writeFile(join(folder, 'index.html'), '<p>hi')
  await writeFile(join(folder, 'notes.bin'), 'x')
  await writeFile(join(base, 'secret.js'), 'secret')
  await mkdir(join(base, 'renderer-other'))
  await writeFile(join(base, 'renderer-other', 'x.js'), 'secret')
})

test('the window’s page has a policy that blocks all other scripts', async () => {
  for (const path of ['/', '/index.html']) {
    const response = await assetResponse(folder, `app://cloudtolocalllm${path}`)
    expect(await response.text()).toBe('<p>hi')
    expect(response.headers.get('content-type')).toContain('text/html')
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  }
})

test.each([
  '/../secret.js',
  '/%2e%2e/secret.js',
  '/..%2fsecret.js',
  '/..%5csecret.js',
  '/%2e%2e%2frenderer-other/x.js',
  '/missing.js',
  '/notes.bin',
  '/index.html%00.js',
  '/%E0%A4%A',
])('%s is not found', async (path) => {
  expect((await assetResponse(folder, `app://cloudtolocalllm${path}`)).status).toBe(404)
})
