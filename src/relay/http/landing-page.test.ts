import { describe, expect, it } from 'vitest'
import { headerOf } from '../../shared/headers.ts'
import { rootAnswerFor } from './landing-page.ts'

describe('rootAnswerFor', () => {
  it.each([undefined, '*/*', 'application/json'])(
    'responds like Ollama to a client that accepts %s',
    (accept) => {
      const { headers, body } = rootAnswerFor(accept)
      expect(body).toBe('Ollama is running')
      expect(headerOf(headers, 'content-type')).toMatch('text/plain')
    },
  )

  it('shows a browser a page that loads nothing and does not leak the key in its URL', () => {
    const { headers, body } = rootAnswerFor('text/html,application/xhtml+xml,*/*;q=0.8')
    expect(headerOf(headers, 'content-type')).toMatch('text/html')
    expect(headerOf(headers, 'content-length')).toBe(String(Buffer.byteLength(body)))
    expect(headerOf(headers, 'referrer-policy')).toBe('no-referrer')
    expect(headerOf(headers, 'vary')).toBe('Accept')
    expect(body).not.toMatch(/<script|<link|<img|url\(/)
  })
})
