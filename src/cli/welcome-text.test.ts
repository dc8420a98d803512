import { describe, expect, it } from 'vitest'
import { welcomeText, type Welcome } from './welcome-text.ts'

const WELCOME: Welcome = {
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

describe('welcomeText', () => {
  it('has lines to copy for the model that answered', () => {
    const text = welcomeText(WELCOME)
    expect(text).toContain('Reply   qwen3: Hello there!\n')
    expect(text).toContain('OLLAMA_HOST=http://127.0.0.1:3001/k/ctl_a_b ollama run qwen3')
    expect(text).toContain('http://127.0.0.1:3001/api/chat')
    expect(text).not.toContain('Note')
  })

  it('offers no Ollama API where the server has none', () => {
    const text = welcomeText({ ...WELCOME, facts: { ...WELCOME.facts, kind: 'openai', version: null } })
    expect(text).toContain('http://127.0.0.1:3001/v1/chat/completions')
    expect(text).not.toMatch(/OLLAMA_HOST|\/api\//)
  })

  it('shows the note instead of a reply that did not come', () => {
    const chat = { kind: 'failed', model: 'qwen3', reason: 'HTTP 500' } as const
    const text = welcomeText({ ...WELCOME, chat, note: 'qwen3 did not answer.' })
    expect(text).toContain('Note    qwen3 did not answer.')
    expect(text).not.toContain('Reply')
  })

  it('cuts a long reply and shows that it did', () => {
    const chat = { kind: 'answered', model: 'm', reply: 'x'.repeat(500) } as const
    expect(welcomeText({ ...WELCOME, chat })).toContain(`${'x'.repeat(200)}…\n`)
  })
})
