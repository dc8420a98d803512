import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { autostartFile } from './login-item.ts'
import type { LoginItem } from './ports.ts'

let configHome: string
let path: string
let item: LoginItem
beforeEach(async () => {
  configHome = await mkdtemp(join(tmpdir(), 'ctl-login-'))
  path = join(configHome, 'autostart', 'cloudtolocalllm.desktop')
  item = autostartFile({ configHome, command: '/opt/My $App/100%/app' })
})

test('is off until enabled, and can be disabled', () => {
  expect(item.read()).toBe(false)
  item.write(true)
  expect(item.read()).toBe(true)
  item.write(false)
  expect(item.read()).toBe(false)
  item.write(false)
})

test('starts the app without a window, with its path quoted', async () => {
  item.write(true)
  expect(await readFile(path, 'utf8')).toMatch(/^\[Desktop Entry\]\n/)
  expect(await readFile(path, 'utf8')).toContain('Exec="/opt/My \\$App/100%%/app" --autostart\n')
})

test.each(['Hidden=true', 'X-GNOME-Autostart-enabled=false'])(
  'respects the desktop’s own switch: %s',
  async (line) => {
    item.write(true)
    await writeFile(path, `${await readFile(path, 'utf8')}${line}\n`)
    expect(item.read()).toBe(false)
  },
)
