import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { isPlainText } from '../shared/plain-text.ts'
import { welcomeText, type WelcomeFacts } from './welcome-text.ts'

const WELCOME: WelcomeFacts = {
  url: 'http://127.0.0.1:3001',
  key: 'ctl_a_b',
  facts: {
    baseUrl: 'http://127.0.0.1:11434',
    kind: 'ollama',
    version: '1',
    models: ['qwen3'],
    name: 'Ollama 1',
  },
  chat: { kind: 'answered', model: 'qwen3', reply: 'Hello\nthere!' },
  note: null,
}

const textOf = (welcome: WelcomeFacts): string => welcomeText(welcome, 80).text

describe('welcomeText', () => {
  it('contains snippets for the model that answered', () => {
    const text = textOf(WELCOME)
    expect(text).toContain('Reply   qwen3: Hello there!\n')
    expect(text).toContain('OLLAMA_HOST=http://127.0.0.1:3001/k/ctl_a_b ollama run qwen3')
    expect(text).toContain('http://127.0.0.1:3001/api/chat')
    expect(text).not.toContain('Note')
  })

  it('omits the Ollama API if the server does not support it', () => {
    const text = textOf({ ...WELCOME, facts: { ...WELCOME.facts, kind: 'openai', version: null } })
    expect(text).toContain('http://127.0.0.1:3001/v1/chat/completions')
    expect(text).not.toMatch(/OLLAMA_HOST|\/api\//)
  })

  it('shows the note if there is no reply', () => {
    const chat = { kind: 'failed', model: 'qwen3', reason: 'HTTP 500' } as const
    const text = textOf({ ...WELCOME, chat, note: 'qwen3 did not answer.' })
    expect(text).toContain('Note    qwen3 did not answer.')
    expect(text).not.toContain('Reply')
  })

  it('is wrapped at the width of a narrow terminal, except for text to copy', () => {
    const long = 'word '.repeat(40).trimEnd()
    const { text } = welcomeText(
      { ...WELCOME, note: long, chat: { kind: 'answered', model: 'm', reply: long } },
      50,
    )
    const prose = text.split('\n').filter((line) => /word|computer|server/.test(line))
    expect(prose.length).toBeGreaterThan(8)
    expect(prose.filter(({ length }) => length > 50)).toEqual([])
  })

  it('truncates a long reply visibly', () => {
    const chat = { kind: 'answered', model: 'm', reply: 'x'.repeat(500) } as const
    expect(textOf({ ...WELCOME, chat })).toContain(`${'x'.repeat(199)}…\n`)
  })

  it('removes terminal control sequences from values', () => {
    const evil = 'evil\u001B]52;c;aWQ=\u0007\u009B2J\n  Note    all is well\u202E'
    const text = textOf({
      url: `https://relay.example/${evil}`,
      key: evil,
      facts: { ...WELCOME.facts, name: evil, baseUrl: evil },
      chat: { kind: 'answered', model: evil, reply: evil },
      note: evil,
    })
    expect(text.split('\n').every(isPlainText)).toBe(true)
    expect(text).not.toMatch(/^ {2}Note {4}all is well/m)
  })

  it('contains commands that a real shell reads as intended, whatever the model’s name', () => {
    const model = `x'; touch /tmp/pwned; "$(id)" \`id\` \u001B]0;t\u0007 #`
    const text = textOf({ ...WELCOME, chat: { kind: 'answered', model, reply: 'Hi' } })
    const script = [
      'ollama() { printf "%s\\n" "$OLLAMA_HOST" "$2" "$3"; }',
      'curl() { for word; do last=$word; done; printf "%s\\n" "$1" "$last"; }',
      ...text.split('\n').filter((line) => /^ {4}(?:OLLAMA_HOST=|curl | {2}-)/.test(line)),
    ].join('\n')
    const { stdout, stderr } = spawnSync('sh', ['-c', script], { encoding: 'utf8' })
    expect(stderr).toBe('')
    const [api, body = '', host, named] = stdout.split('\n')
    expect([api, host]).toEqual(['http://127.0.0.1:3001/api/chat', 'http://127.0.0.1:3001/k/ctl_a_b'])
    expect(JSON.parse(body)).toEqual({ model, messages: [{ role: 'user', content: 'Hi' }] })
    expect(named).toBe(model)
  })
})
