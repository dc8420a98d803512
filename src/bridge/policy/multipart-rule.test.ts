import { expect, test } from 'vitest'
import { expectLinear } from '../../shared/linear.test-support.ts'
import { field, form, FORM } from './form.test-support.ts'
import { testGrant } from './grant.test-support.ts'
import type { Grant } from './grant.ts'
import { checkMultipart } from './multipart-rule.ts'

const code = (name: string): unknown => expect.objectContaining({ code: name })

function check(body: string, { grant = testGrant(), type = FORM }: { grant?: Grant; type?: string } = {}) {
  return checkMultipart(grant, type, new TextEncoder().encode(body))
}

test.each([
  ['in the model field', [field('name="model"', 'x:cloud')]],
  ['in the second model field', [field('name="model"', 'whisper'), field('name="model"', 'x:cloud')]],
  ['in a field that Go renames', [field(`name="x"; name*=utf-8''model`, 'x:cloud')]],
  [
    'in a file that Go takes for a field',
    [field(`name="model"; filename="a"; filename*=utf-8''`, 'x:cloud')],
  ],
  ['in another case', [field('name="MODEL"', 'x:CLOUD')]],
])('a form that names a cloud model %s is refused', (_where, parts) => {
  expect(() => check(form(...parts))).toThrow(
    expect.objectContaining({ code: expect.stringMatching(/^(SCOPE_MISSING|MEDIA_NOT_SUPPORTED)$/) }),
  )
})

test.each([
  undefined,
  'application/json',
  'multipart/form-data',
  'multipart/form-data; boundary=x; boundary=y',
  `multipart/form-data; boundary=x; boundary*=utf-8''y`,
  'multipart/mixed; boundary=x',
  'multipart/form-data; boundary=x; charset=utf-16',
  'multipart/form-data; boundary=x; charset=utf-8; charset=utf-7',
  'multipart/form-data; boundary=x; other=1',
  `multipart/form-data; boundary=x${'; a=1'.repeat(5000)}`,
])('a form with the content type %j is refused: parsers may disagree on its parts', (type) => {
  const body = new TextEncoder().encode(form(field('name="model"', 'whisper')))
  expect(() => checkMultipart(testGrant(), type, body)).toThrow(code('MEDIA_NOT_SUPPORTED'))
})

test.each([
  'multipart/form-data; charset=utf-8; boundary=x',
  'multipart/form-data; boundary=x; charset=UTF-8',
  'multipart/form-data;boundary="x";charset="us-ascii"',
  'Multipart/Form-Data; Boundary=x;',
])('a form with the content type %j passes', (type) => {
  expect(check(form(field('name="model"', 'whisper')), { type })).toMatchObject({ model: 'whisper' })
})

test('with a model list, a form must name its model once, in a plain part', () => {
  const model = field('name="model"', 'allowed')
  const file = field(`name="file"; filename*=utf-8''a.wav`, 'x'.repeat(2000))
  const send = (...parts: string[]) => check(form(...parts), { grant: testGrant({ models: ['allowed'] }) })
  expect(send(model, field('name="file"; filename="a.wav"', 'x'))).toMatchObject({ model: 'allowed' })
  expect(send(model, file)).toMatchObject({ model: 'allowed' })
  expect(() => send(field('name="model"', 'secret'))).toThrow(code('MODEL_NOT_ALLOWED'))
  for (const parts of [
    [file],
    [model, model],
    [field('name="MODEL"', 'allowed')],
    [model, field(`name="x"; name*=utf-8''model`, 'secret')],
    [model, field('name="%6dodel"', 'secret')],
  ])
    expect(() => send(...parts)).toThrow(code('MEDIA_NOT_SUPPORTED'))
})

test.each([
  ['the boundary inside a part', form(field('name="a"', 'b\n--x\nc'))],
  ['something before the first part', `preamble\r\n${form(field('name="a"', 'b'))}`],
  ['data after the last part', `${form(field('name="a"', 'b'))}--x--`],
  ['no end', form(field('name="a"', 'b')).slice(0, -4)],
  ['lines that end in LF', form(field('name="a"', 'b')).replaceAll('\r', '')],
  ['a folded field', form('Content-Disposition: form-data;\r\n name="a"\r\n\r\nb')],
  ['a part without fields', form('b')],
  [
    'quoted-printable',
    form(`Content-Transfer-Encoding: quoted-printable\r\n${field('name="model"', 'x:cl=6Fud')}`),
  ],
  ['too many parts', form(...Array.from({ length: 101 }, () => field('name="a"', 'b')))],
])('a form with %s is refused: parsers may disagree on its parts', (_what, body) => {
  expect(() => check(body)).toThrow(code('MEDIA_NOT_SUPPORTED'))
})

test('long parts of a form are not mistaken for names, and take linear time', async () => {
  const make = (size: number) => form(field('name="model"', 'm'), field('name="prompt"', ':a'.repeat(size)))
  await expectLinear((size) => check(make(size)), 100_000)
  expect(() => check(form(field('name="model"', 'm'.repeat(513))))).toThrow(code('TEXT_TOO_LONG'))
})

test('a malformed form is refused', () => {
  expect(() => check('--y--')).toThrow(code('MEDIA_NOT_SUPPORTED'))
})
