import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ModelScanner } from './model-scanner.ts'

const KEYS = new Set(['model', 'name'])

/** The result for this text, and the number of bytes read. */
function scan(text: string | Uint8Array, pieceBytes = Infinity) {
  const bytes = Buffer.from(text)
  const scanner = new ModelScanner(KEYS)
  for (let at = 0; at < bytes.length; at += pieceBytes)
    if (scanner.push(bytes.subarray(at, at + pieceBytes)))
      return { model: scanner.model, isOver: true, at: Math.min(at + pieceBytes, bytes.length) }
  return { model: scanner.model, isOver: false, at: bytes.length }
}

describe('the model of a body', () => {
  it.each([
    ['{"model":"m"}', 'm'],
    ['\n\t { "stream" : false , "model" : "m" , "x":1}', 'm'],
    ['{"MODEL":"m"}', 'm'],
    ['{"name":"m"}', 'm'],
    ['{"model":"","name":"m"}', 'm'],
    ['{"model":null,"name":"m"}', 'm'],
    ['{"\\u006dodel":"hf.co\\/a\\u003ab\\\\"}', 'hf.co/a:b\\'],
    ['{"model":"ä\\"@Zoë"}', 'ä"@Zoë'],
    ['{"options":{"model":"no"},"tools":[{"model":"no"},["model","no"]],"model":"m"}', 'm'],
    ['{"prompt":"{\\"model\\":\\"no\\"}","x":"\\\\","model":"m"}', 'm'],
    ['{"a":"model","b":"no","model":"m"}', 'm'],
    ['{"model":{"name":"no"},"model":"m"}', 'm'],
    [`{"${'k'.repeat(5000)}":"no","model":"m"}`, 'm'],
  ])('is found in %s', (text, model) => {
    expect(scan(text)).toMatchObject({ model, isOver: true })
    expect(scan(text, 1)).toMatchObject({ model, isOver: true })
  })

  it.each([
    '{}',
    '{"messages":[{"model":"no"}]}',
    '{"model":7}',
    '[{"model":"no"}]',
    '"model"',
    'model=no&x={"model":"no"}',
    '\u001f\u008b{"model":"no"}',
    '{}{"model":"no"}',
    `{"model":"${'x'.repeat(2000)}"}`,
    '{"model":"\\u00"}',
  ])('is not found in %s, without waiting for more', (text) => {
    expect(scan(text)).toMatchObject({ model: undefined, isOver: true })
  })

  it('is known as soon as it has arrived', () => {
    const text = `{"model":"m","prompt":"${'x'.repeat(1000)}`
    expect(scan(text, 1).at).toBe('{"model":"m"'.length)
  })

  it('is the one that JSON.parse finds, however the body is split', () => {
    const value = fc.oneof(fc.jsonValue(), fc.string())
    const body = fc.record({ before: fc.dictionary(fc.string(), value), model: fc.string({ minLength: 1 }) })
    fc.assert(
      fc.property(body, fc.integer({ min: 1, max: 40 }), ({ before, model }, pieceBytes) => {
        const rest = Object.entries(before).filter(([key]) => !KEYS.has(key.toLowerCase()))
        const text = JSON.stringify({ ...Object.fromEntries(rest), model })
        expect(scan(text, pieceBytes).model).toBe(model)
      }),
    )
  })

  it('is a guess for any other input: none makes it throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => scan(bytes, 7)).not.toThrow()
      }),
    )
  })
})
