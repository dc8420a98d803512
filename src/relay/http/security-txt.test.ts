import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseRelayConfig } from '../config.ts'
import { securityTxt } from './security-txt.ts'

const NOW = Date.parse('2026-11-29T11:30:00.250Z')
const POLICY = 'https://github.com/CloudToLocalLLM-online/CloudToLocalLLM/security/policy'

/** With settings from the environment. */
const textFor = (env: Record<string, string> = {}, now = NOW): string =>
  securityTxt(parseRelayConfig({}, env), now)

describe('securityTxt', () => {
  it('names the project’s policy by default', () => {
    expect(textFor()).toBe(
      `Contact: ${POLICY}\nExpires: 2027-05-28T00:00:00Z\nPreferred-Languages: en\nPolicy: ${POLICY}\n`,
    )
    const root = resolve(import.meta.dirname, '../../..')
    const { repository } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      repository: { url: string }
    }
    expect(repository.url.replace(/^git\+(.*)\.git$/, '$1/security/policy')).toBe(POLICY)
  })

  it.each(['mailto:security@example.com', 'https://example.com/report?about=relay'])(
    'names %s as configured, and its own URL',
    (contact) => {
      const text = textFor({ SECURITY_CONTACT: contact, PUBLIC_URL: 'https://relay.example/llm/' })
      expect(text).toMatch(`Contact: ${contact}\n`)
      expect(text).toMatch(`Policy: ${POLICY}\n`)
      expect(text).toMatch(/^Canonical: https:\/\/relay\.example\/llm\/\.well-known\/security\.txt$/m)
    },
  )

  it('omits a URL that RFC 9116 does not allow: one without TLS', () => {
    expect(textFor({ PUBLIC_URL: 'http://localhost:8090' })).not.toContain('Canonical')
  })

  it('never expires while served, and is valid for less than a year', () => {
    for (const now of [NOW, Date.parse('2028-02-29T23:59:59.999Z')]) {
      const [, expires = ''] = /^Expires: (.*)$/m.exec(textFor({}, now)) ?? []
      const days = (Date.parse(expires) - now) / 86_400_000
      expect(days).toBeGreaterThan(30)
      expect(days).toBeLessThan(365)
    }
  })
})

describe('SECURITY_CONTACT', () => {
  it.each([
    'security@example.com',
    'http://example.com/report',
    'https://me:pw@example.com',
    'mailto:',
    'mailto:nobody',
    'mailto://security@example.com',
    'tel:+1-201-555-0123',
    'javascript:alert(1)',
    'https://example.com/\nContact: mailto:evil@example.com',
    'mailto:a@example.com\r\nPolicy: https://evil.example',
    'https://example.com/a b',
    'https://exa\u202Emple.com',
    `https://example.com/${'a'.repeat(2_000)}`,
  ])('cannot be %j', (contact) => {
    expect(() => textFor({ SECURITY_CONTACT: contact })).toThrow(
      /^SECURITY_CONTACT must be an https or mailto URI/,
    )
  })
})
