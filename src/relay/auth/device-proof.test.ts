import { describe, expect, it } from 'vitest'
import { handshakeStatement, parseRequestProof, requestStatement } from '../../shared/device-proof.ts'
import vectors from '../../shared/device-proof-vectors.json' with { type: 'json' }
import { provenThumbprint, thumbprintOf } from './device-proof.ts'
import { digestOf } from '../../tunnel/digest.ts'

const { x, credential, challenge, handshake, request, thumbprint } = vectors
const subject = { challenge, credentialDigest: digestOf(credential) }

describe('the proof of a device key', () => {
  it('has the thumbprint given in RFC 8037 for this key', () => {
    expect(thumbprintOf(x)).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
    expect(thumbprint).toBe(thumbprintOf(x))
  })

  it('is valid for the handshake and the request of the golden vectors', () => {
    expect(handshakeStatement(subject)).toBe(handshake.statement)
    expect(provenThumbprint(handshake.statement, { key: x, signature: handshake.signature })).toBe(thumbprint)
    expect(requestStatement(request.method, request.path, subject)).toBe(request.statement)
    const shown = parseRequestProof(request.field)
    expect(shown?.challenge).toBe(challenge)
    expect(shown && provenThumbprint(request.statement, shown.proof)).toBe(thumbprint)
  })

  it.each([
    ['another challenge', handshakeStatement({ ...subject, challenge: 'x'.repeat(43) })],
    ['another credential', handshakeStatement({ ...subject, credentialDigest: digestOf('other') })],
    ['a request', requestStatement('GET', '/', subject)],
  ])('is not valid for %s', (_what, statement) => {
    expect(provenThumbprint(statement, { key: x, signature: handshake.signature })).toBeUndefined()
  })

  it('accepts only well-formed keys and signatures', () => {
    const notOnTheCurve = `${'_'.repeat(42)}8`
    expect(
      provenThumbprint(handshake.statement, { key: notOnTheCurve, signature: handshake.signature }),
    ).toBe(undefined)
    for (const field of [
      '',
      '.',
      'a.b.c',
      `${request.field}.more`,
      `${request.field}x`,
      '.'.repeat(1_000_000),
    ])
      expect(parseRequestProof(field)).toBeUndefined()
  })
})
