import { expect, it } from 'vitest'
import { internalHostFor, internalUrlFor } from './internal-address.ts'

it('the internal address is the one that is listened at, unless others are told another', () => {
  expect(internalUrlFor({ internalHost: '10.0.0.5' }, 81)).toBe('http://10.0.0.5:81')
  expect(internalUrlFor({ internalHost: 'fd00::5' }, 81)).toBe('http://[fd00::5]:81')
  expect(internalUrlFor({ internalHost: '10.0.0.5', internalUrl: 'http://relay-a:9' }, 81)).toBe(
    'http://relay-a:9',
  )
  expect(internalUrlFor({}, 81)).toBe(`http://${internalHostFor({})}:81`)
})

it('nobody is sent to "everywhere"', () => {
  for (const internalHost of ['0.0.0.0', '::'])
    expect(internalUrlFor({ internalHost }, 81)).toBe(internalUrlFor({}, 81))
})
