import { expect, test } from 'vitest'
import { parseLaunchArgs } from './launch-args.ts'

test('a plain start asks for nothing', () => {
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

test('Chromium’s switches and deep links do not get in the way', () => {
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

test('a flag without its value is passed over, not taken for a path called "true"', () => {
  expect(parseLaunchArgs(['--data-dir']).dataDir).toBeUndefined()
})
