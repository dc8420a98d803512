import { describe, expect, it } from 'vitest'
import { canonicalModelName } from '../../shared/model-name.ts'
import {
  chooseDevice,
  deviceCalled,
  deviceNamedIn,
  soleDeviceWith,
  type DeviceFacts,
} from './device-choice.ts'

interface Sketch extends Partial<Pick<DeviceFacts, 'streams' | 'connectedAt' | 'name' | 'isFailing'>> {
  readonly models?: readonly string[]
  readonly loaded?: readonly string[]
}

function device(id: string, { models = [], loaded = [], ...facts }: Sketch = {}): DeviceFacts {
  const names = (some: readonly string[]) => new Set(some.map(canonicalModelName))
  const idle = { streams: 0, connectedAt: 0, isFailing: false }
  return { id, name: id, ...idle, ...facts, models: names(models), loaded: names(loaded) }
}

const refusal = (code: string, text: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(text) })

describe('a request that may go to several devices', () => {
  it.each<[string, string | undefined, Record<string, Sketch>]>([
    ['has the model', 'm', { other: {}, it: { models: ['m:latest'], streams: 9 } }],
    ['has it in another spelling', 'Library/M', { other: {}, it: { models: ['m'] } }],
    ['has loaded it', 'm', { other: { models: ['m'] }, it: { models: ['m'], loaded: ['m'], streams: 9 } }],
    ['has loaded it, as far as it says', 'm', { other: { models: ['x'] }, it: { loaded: ['m'] } }],
    [
      'is least busy of those',
      'm',
      { other: { models: ['m'], streams: 2 }, it: { models: ['m'], streams: 1 } },
    ],
    [
      'has been here longest',
      'm',
      { other: { models: ['m'], connectedAt: 2 }, it: { models: ['m'], connectedAt: 1 } },
    ],
    [
      'does not fail',
      'm',
      { other: { models: ['m'], loaded: ['m'], isFailing: true }, it: { models: ['m'] } },
    ],
    ['fails, if no other has it', 'm', { other: {}, it: { models: ['m'], isFailing: true } }],
    ['does not fail, if none has it', 'm', { other: { isFailing: true }, it: { streams: 1 } }],
    ['is least busy, if none has it', 'm', { other: { streams: 1 }, it: {} }],
    ['is least busy, if no model is known', undefined, { other: { streams: 1, models: ['m'] }, it: {} }],
  ])('goes to the one that %s', (_, model, devices) => {
    const facts = Object.entries(devices).map(([id, sketch]) => device(id, sketch))
    expect(chooseDevice(facts, model)?.id).toBe('it')
    expect(chooseDevice(facts.toReversed(), model)?.id).toBe('it')
  })

  it('goes nowhere without devices', () => {
    expect(chooseDevice([], 'm')).toBeUndefined()
  })
})

describe('a requested device', () => {
  const desk = device('d1', { name: 'Desk', models: ['m', 'qwen@q4_k_m'] })
  const laptop = device('d2', { name: 'Laptop' })
  const twin = device('d3', { name: 'laptop' })

  it('is found by name and by id', () => {
    expect(deviceCalled([desk, laptop], 'desk')).toBe(desk)
    expect(deviceCalled([desk, laptop, twin], 'd2')).toBe(laptop)
  })

  it('is refused with a list if none or several match', () => {
    expect(() => deviceCalled([desk, laptop], 'phone')).toThrow(
      refusal('DEVICE_UNKNOWN', 'Desk (d1), Laptop (d2)'),
    )
    expect(() => deviceCalled([desk, laptop, twin], 'LAPTOP')).toThrow(
      refusal('DEVICE_AMBIGUOUS', 'Laptop (d2), laptop (d3)'),
    )
  })

  it('may be requested in the model’s name', () => {
    expect(deviceNamedIn([desk, laptop], 'm@laptop')).toBe(laptop)
    expect(deviceNamedIn([desk, laptop], 'other@quant@d1')).toBe(desk)
    expect(deviceNamedIn([desk, laptop], 'm')).toBeUndefined()
    expect(() => deviceNamedIn([desk, laptop], 'm@phone')).toThrow(refusal('DEVICE_UNKNOWN', 'phone'))
    expect(() => deviceNamedIn([laptop, twin], 'm@laptop')).toThrow(refusal('DEVICE_AMBIGUOUS', 'd2'))
  })

  it('is not requested by a model whose name contains the suffix', () => {
    expect(deviceNamedIn([desk, laptop], 'qwen@q4_k_m')).toBeUndefined()
    expect(deviceNamedIn([desk, device('q4', { name: 'q4_k_m' })], 'qwen@q4_k_m')).toBeUndefined()
  })
})

describe('a request that modifies a device', () => {
  it('goes to the only device that has the model', () => {
    const [has, hasNot] = [device('a', { models: ['m'] }), device('b')]
    expect(soleDeviceWith([hasNot, has], 'm')).toBe(has)
  })

  it.each([
    ['two devices have the model', 'm', [['m'], ['m']]],
    ['none has it', 'x', [['m'], []]],
    ['it names none', undefined, [['m'], []]],
  ])('has to name a device if %s', (_, model, models) => {
    const devices = models.map((some, at) => device(`d${at}`, { models: some }))
    expect(() => soleDeviceWith(devices, model)).toThrow(refusal('DEVICE_AMBIGUOUS', 'd0 (d0), d1 (d1)'))
  })
})
