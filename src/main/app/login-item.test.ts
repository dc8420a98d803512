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

test('off until it is switched on, and off again', () => {
  expect(item.read()).toBe(false)
  item.write(true)
  expect(item.read()).toBe(true)
  item.write(false)
  expect(item.read()).toBe(false)
  item.write(false)
})

test('starts the app without a window, whatever its path holds', async () => {
  item.write(true)
  expect(await readFile(path, 'utf8')).toContain('Exec="/opt/My \\$App/100%%/app" --autostart\n')
})

test.each(['Hidden=true', 'X-GNOME-Autostart-enabled=false'])(
  'the desktop’s own switch counts: %s',
  async (line) => {
    item.write(true)
    await writeFile(path, `${await readFile(path, 'utf8')}${line}\n`)
    expect(item.read()).toBe(false)
  },
)
