import { expect, test } from 'vitest'
import { parseLaunchArgs } from './launch-args.ts'

test('a start without arguments sets nothing', () => {
  expect(parseLaunchArgs([])).toEqual({
    dataDir: undefined,
    relay: undefined,
    pair: undefined,
    upstream: undefined,
    demoFallback: undefined,
    autostart: false,
    updated: false,
  })
})

test('Chromium’s switches and deep links are ignored', () => {
  const argv = [
    '--no-sandbox',
    '--data-dir=/d',
    'cloudtolocalllm://pair?relay=x',
    '--autostart',
    '--relay',
    'http://r/',
  ]
  expect(parseLaunchArgs(argv)).toMatchObject({ dataDir: '/d', autostart: true, relay: 'http://r/' })
})

test('an option without a value is ignored, not read as "true"', () => {
  expect(parseLaunchArgs(['--data-dir']).dataDir).toBeUndefined()
})
