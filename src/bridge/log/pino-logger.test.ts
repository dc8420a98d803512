import { describe, expect, it } from 'vitest'
import { isPlainText } from '../../shared/plain-text.ts'
import { createLogger, type PinoLoggerOptions } from './pino-logger.ts'

function logged(level: PinoLoggerOptions['level'], format: PinoLoggerOptions['format'] = 'json') {
  const lines: string[] = []
  return {
    lines,
    logger: createLogger({ level, format, output: { write: (line) => void lines.push(line) } }),
  }
}

describe('createLogger', () => {
  it('writes one JSON object per line', () => {
    const { lines, logger } = logged('info')
    logger.info({ status: 200 }, 'request done')
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/\}\n$/)
    expect(JSON.parse(lines[0]!)).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      status: 200,
      msg: 'request done',
    })
  })

  it('removes secrets from fields, a child’s fields and the message', () => {
    const { lines, logger } = logged('debug')
    logger.child({ url: 'wss://x/?token=s3cret' }).warn({ authorization: 's3cret' }, 'refused Bearer s3cret')
    expect(lines[0]).toContain('[redacted]')
    expect(lines[0]).not.toContain('s3cret')
  })

  it('writes an error’s message and code', () => {
    const { lines, logger } = logged('info')
    logger.error({ cause: Object.assign(new Error('no route'), { code: 'EHOSTUNREACH' }) }, 'dial failed')
    expect(JSON.parse(lines[0]!)).toMatchObject({ cause: { message: 'no route', code: 'EHOSTUNREACH' } })
  })

  it('writes nothing below its level', () => {
    const { lines, logger } = logged('warn')
    logger.child({ a: 1 }).info({}, 'not this')
    logged('silent').logger.error({}, 'nor this')
    expect(lines).toEqual([])
  })

  it('writes human-readable text, one line per entry', () => {
    const { lines, logger } = logged('info', 'text')
    logger.child({ tunnelId: 't1' }).info({ note: 'two\nlines' }, 'tunnel connected')
    expect(lines[0]).toMatch(/^\S+ info {2}tunnel connected tunnelId="t1" note="two\\nlines"\n$/)
  })

  it.each(['json', 'text'] as const)('cannot control the terminal in %s lines', (format) => {
    const { lines, logger } = logged('info', format)
    const path = '/api/\u001B]52;c;aWQ=\u0007\u009B2J\u202E\n2026 error all is lost'
    logger.info({ path }, `refused ${path}`)
    expect(lines).toHaveLength(1)
    expect(isPlainText(lines[0]!.trimEnd())).toBe(true)
    if (format === 'json') expect(JSON.parse(lines[0]!)).toMatchObject({ path, msg: `refused ${path}` })
  })
})
