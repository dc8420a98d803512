import { BlockList } from 'node:net'
import { expect, it } from 'vitest'
import { ConnectionLimits } from './connection-limits.ts'

const trustedProxies = new BlockList()
trustedProxies.addSubnet('127.0.0.0', 8)
const limitsOf = (maxConnections: number, maxConnectionsPerAddress: number) =>
  new ConnectionLimits({ maxConnections, maxConnectionsPerAddress, trustedProxies })

it('accepts a limited number from one address, and more once one of them has closed', () => {
  const limits = limitsOf(9, 2)
  const leave = limits.admit('192.0.2.1')
  limits.admit('192.0.2.1')
  expect(limits.admit('192.0.2.1')).toBeUndefined()
  expect(limits.admit('192.0.2.2')).toBeDefined()
  leave?.()
  expect(limits.admit('192.0.2.1')).toBeDefined()
})

it('counts an IPv6 network as one, and IPv4 the same in both notations', () => {
  const limits = limitsOf(9, 1)
  limits.admit('2001:db8::1')
  limits.admit('::ffff:192.0.2.1')
  expect(limits.admit('2001:db8::ffff')).toBeUndefined()
  expect(limits.admit('192.0.2.1')).toBeUndefined()
})

it('does not limit a trusted proxy below the total', () => {
  const limits = limitsOf(3, 1)
  for (let i = 0; i < 3; i++) expect(limits.admit('127.0.0.1')).toBeDefined()
  expect(limits.admit('127.0.0.1')).toBeUndefined()
  expect(limits.admit('192.0.2.1')).toBeUndefined()
  expect(limits.count).toBe(3)
})
