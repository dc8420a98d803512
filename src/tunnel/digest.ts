import { hash } from 'node:crypto'
import type { KeyDigest } from '../shared/brands.ts'

/** SHA-256 in base64url: identifies a credential without its text. */
export function digestOf(text: string): string {
  return hash('sha256', text, 'base64url')
}

export function keyDigestOf(key: string): KeyDigest {
  return digestOf(key) as KeyDigest
}
