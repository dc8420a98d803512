import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { AppError, type ErrorCode } from '../shared/errors.ts'
import { isPlainText } from '../shared/plain-text.ts'
import { createOutput, exitCodeFor, type Streams } from './output.ts'
import { term } from './terminal-text.ts'

/** The contents of a simulated screen, with the source stream if it is not a terminal. */
function screen({ isTTY = true, columns = 20, term = 'xterm' } = {}) {
  const written: string[] = []
  const write = (text: unknown): boolean => written.push(String(text)) > 0
  const stream = { write, isTTY, columns }
  const streams: Streams = { stdout: stream, stderr: stream, env: { TERM: term } }
  return { streams, text: () => written.join('') }
}

const CLEAR = '\r\u001B[2K'

describe('createOutput', () => {
  it('writes text or JSON, never both', () => {
    const { streams, text } = screen()
    const script = createOutput(true, streams)
    script.say('words')
    script.showLive('status')
    script.json({ event: 'x' })
    expect(text()).toBe('{"event":"x"}\n')
    const people = screen()
    createOutput(false, people.streams).json({ event: 'x' })
    expect(people.text()).toBe('')
  })

  it('keeps the live line below all other output, also on stderr', () => {
    const { streams, text } = screen()
    const output = createOutput(false, streams)
    output.showLive('online')
    output.say('hello')
    output.warn('careful')
    output.endLive()
    output.say('bye')
    expect(text()).toBe(
      [`${CLEAR}online`, `${CLEAR}hello\n${CLEAR}online`, `${CLEAR}careful\n${CLEAR}online`, '\nbye\n'].join(
        '',
      ),
    )
  })

  it('names commands as they are run from a checkout', () => {
    const { streams, text } = screen({ isTTY: false })
    const env = { ...streams.env, CLOUDTOLOCALLLM_COMMAND: './cloudtolocalllm' }
    const output = createOutput(false, { ...streams, env })
    output.warn('List them: cloudtolocalllm keys list')
    output.say('/home/me/cloudtolocalllm is used by cloudtolocalllm')
    expect(text()).toBe(
      'List them: ./cloudtolocalllm keys list\n/home/me/cloudtolocalllm is used by cloudtolocalllm\n',
    )
  })

  it.each([
    [60, 60],
    [200, 80],
    [0, 80],
  ])('wraps text on a terminal of %i columns at %i', (columns, expected) => {
    expect(createOutput(false, screen({ columns }).streams).columns).toBe(expected)
  })

  it('draws the live line only when it has changed', () => {
    const { streams, text } = screen()
    const output = createOutput(false, streams)
    output.showLive('online')
    output.showLive('online')
    expect(text()).toBe(`${CLEAR}online`)
  })

  it('truncates the live line to one row, of 80 columns if the width is unknown', () => {
    const narrow = screen({ columns: 10 })
    createOutput(false, narrow.streams).showLive('0123456789')
    expect(narrow.text()).toBe(`${CLEAR}01234567…`)
    const unknown = screen({ columns: 0 })
    createOutput(false, unknown.streams).showLive('0123456789')
    expect(unknown.text()).toBe(`${CLEAR}0123456789`)
  })

  it.each([{ isTTY: false }, { term: 'dumb' }])(
    'shows no live line if it could not be rewritten: %j',
    (kind) => {
      const { streams, text } = screen(kind)
      const output = createOutput(false, streams)
      output.showLive('online')
      output.endLive()
      expect(output.isLive).toBe(false)
      expect(text()).toBe('')
    },
  )
})

describe('untrusted text', () => {
  const EVIL = 'evil\u001B]52;c;aWQ=\u0007\u009B2J\n✓ forged\u202E'

  it('does not control the terminal, by any method', () => {
    const { streams, text } = screen({ columns: 500 })
    const output = createOutput(false, streams)
    output.say(EVIL)
    output.warn(`The relay says: ${EVIL}`)
    output.say(term`Key ${EVIL}`)
    output.showLive(EVIL)
    const lines = text().replaceAll(CLEAR, '').split('\n')
    expect(lines).toHaveLength(4)
    expect(lines.every(isPlainText)).toBe(true)
  })

  it('is exact for scripts, and harmless on a terminal', () => {
    const { streams, text } = screen()
    createOutput(true, streams).json({ model: EVIL })
    expect(isPlainText(text().trimEnd())).toBe(true)
    expect(JSON.parse(text())).toEqual({ model: EVIL })
  })

  it('cannot bypass the output: nothing in this folder writes to a stream itself', () => {
    const writers = readdirSync(import.meta.dirname).filter(
      (name) =>
        /^(?!.*\.test\.ts$)(?!output\.ts$|main\.ts$).*\.ts$/.test(name) &&
        /(?:stdout|stderr)\.write|console\.|writeSync/.test(
          readFileSync(join(import.meta.dirname, name), 'utf8'),
        ),
    )
    expect(writers).toEqual([])
  })
})

describe('exitCodeFor', () => {
  it.each<[ErrorCode, number]>([
    ['CONFIG_INVALID', 2],
    ['PORT_IN_USE', 2],
    ['ALREADY_RUNNING', 2],
    ['KEY_NOT_FOUND', 2],
    ['NOT_PAIRED', 2],
    ['PAIRING_CODE_INVALID', 1],
    ['REPLACED', 1],
    ['UPSTREAM_UNREACHABLE', 1],
    ['RELAY_UNREACHABLE', 1],
    ['INTERNAL', 1],
  ])('%s: %i', (code, exitCode) => {
    expect(exitCodeFor(new AppError(code))).toBe(exitCode)
  })
})
