import { expect, test } from 'vitest'
import { isHarmlessKeepAlive } from './keep-alive.ts'

test.each([
  undefined,
  null,
  1,
  300,
  86_400,
  '5m',
  '300',
  '1h30m',
  '+2m',
  '1.5h',
  '.5m',
  '1000ms',
  '24h',
  '60s',
])('keep_alive %j is a plain duration', (value) => {
  expect(isHarmlessKeepAlive(value)).toBe(true)
})

test.each([
  0,
  -0,
  -1,
  0.2,
  1e-12,
  1e300,
  NaN,
  '',
  '0',
  '0s',
  '0h0m0s',
  '+0',
  '-0',
  '-1',
  '-1m',
  '-1s',
  '1ns',
  '0.0000000001s',
  '.9s',
  '9999999999999h',
  '9999999999999999',
  'forever',
  '5 m',
  'm',
  '1d',
  '5m!',
  '5m-1h',
  '--1',
  ' -1',
  true,
  false,
  [],
  {},
  ['5m'],
  '1h'.repeat(33),
])('keep_alive %j evicts or pins a model, or is unreadable', (value) => {
  expect(isHarmlessKeepAlive(value)).toBe(false)
})
