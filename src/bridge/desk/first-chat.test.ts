import { describe, expect, it } from 'vitest'
import { chatModelOf, replyIn } from './first-chat.ts'

describe('chatModelOf', () => {
  it.each([
    [['nomic-embed-text:latest', 'bge-m3', 'llama3.2:latest'], 'llama3.2:latest'],
    [['gpt-oss:120b-cloud', 'qwen3:4b'], 'qwen3:4b'],
    [['all-minilm'], 'all-minilm'],
    [['gpt-oss:120b-cloud'], undefined],
    [[], undefined],
  ])('of %j tries %s', (models, chosen) => {
    expect(chatModelOf({ models })).toBe(chosen)
  })
})

describe('replyIn', () => {
  it.each([
    ['what Ollama says', { message: { content: ' Hello! ', thinking: 'hm' } }, 'Hello!'],
    ['what others say', { choices: [{ message: { content: 'Hello!' } }] }, 'Hello!'],
    ['a thought without words', { message: { content: '', thinking: 'The user wants' } }, 'The user wants'],
    ['a thought elsewhere', { choices: [{ message: { content: null, reasoning_content: 'Well' } }] }, 'Well'],
    ['nothing', { error: 'no' }, ''],
    ['no choice', { choices: [] }, ''],
  ])('%s', (_case, value, reply) => {
    expect(replyIn(JSON.stringify(value))).toBe(reply)
  })

  it.each(['<html>', 'null', '1', '{"message":null}'])('takes %s for no reply', (text) => {
    expect(replyIn(text)).toBe('')
  })
})
