import { expect, it } from 'vitest'
import { internalHostFor, internalUrlFor } from './internal-address.ts'

it('the internal address is the listening address unless another is configured', () => {
  expect(internalUrlFor({ internalHost: '10.0.0.5' }, 81)).toBe('https://10.0.0.5:81')
  expect(internalUrlFor({ internalHost: 'fd00::5' }, 81)).toBe('https://[fd00::5]:81')
  expect(internalUrlFor({ internalHost: '10.0.0.5', internalUrl: 'https://relay-a:9' }, 81)).toBe(
    'https://relay-a:9',
  )
})

it('only loopback is listened on unless an address is configured', () => {
  expect(internalHostFor({})).toBe('127.0.0.1')
  expect(internalHostFor({ internalUrl: 'https://relay-a:9' })).toBe('127.0.0.1')
  expect(internalUrlFor({}, 81)).toBe('https://127.0.0.1:81')
})

it('a wildcard address is not advertised', () => {
  for (const internalHost of ['0.0.0.0', '::'])
    expect(internalUrlFor({ internalHost }, 81)).toMatch(/^https:\/\/(?!0\.0\.0\.0|\[::\])[\d.]+:81$/)
})
