import { describe, expect, it } from 'vitest'
import { isCalled, modelOn, pinsIn } from './device-name.ts'

const laptop = { id: '0b5c-1', name: 'Zoë’s Laptop' }

describe('a device', () => {
  it.each(['0b5c-1', 'Zoë’s Laptop', 'zoë’s laptop', 'Zoe\u0308’s LAPTOP'])('is called %s', (text) => {
    expect(isCalled(laptop, text)).toBe(true)
  })

  it.each(['', '0B5C-1', 'Laptop', '0b5c'])('is not called %j', (text) => {
    expect(isCalled(laptop, text)).toBe(false)
  })
})

describe('a model on a device', () => {
  it.each([
    ['llama3@0b5c-1', 'llama3'],
    ['hf.co/a/b:q4@zoë’s laptop', 'hf.co/a/b:q4'],
    ['qwen@q4_k_m@0b5c-1', 'qwen@q4_k_m'],
    ['qwen@q4_k_m', 'qwen@q4_k_m'],
    ['llama3@desk', 'llama3@desk'],
    ['@0b5c-1', '@0b5c-1'],
    ['llama3', 'llama3'],
  ])('%s is known there as %s', (text, model) => {
    expect(modelOn(laptop, text)).toBe(model)
  })

  it('matches the longest device name, since names may contain an @', () => {
    expect([...pinsIn('m@me@home')].map(({ device }) => device)).toEqual(['me@home', 'home'])
    expect(modelOn({ id: '1', name: 'me@home' }, 'm@me@home')).toBe('m')
  })
})
