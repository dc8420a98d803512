import { describe, expect, it } from 'vitest'
import { FakeClock } from '../../tunnel/fake-clock.test-support.ts'
import { until } from './desktop-shell.test-support.ts'
import { isTrustedHere, MAX_TRUSTED_NETWORKS, withNetworksHere, type Network } from './trusted-networks.ts'

const HOME = { subnet: '192.168.1.0/24', gateway: 'dc:39:6f:12:34:56' }
/** Many networks have this subnet. */
const CAFE = { ...HOME, gateway: '00:11:22:33:44:55' }
const SILENT = { ...HOME, gateway: null }
const OFFICE = { subnet: '10.0.0.0/20', gateway: 'ac:de:48:00:11:22' }

/** A computer that sees these networks, one look after the other. @returns also the number of looks */
async function seeing<T>(
  looks: readonly (readonly Network[])[],
  judge: (source: Parameters<typeof isTrustedHere>[0]) => Promise<T>,
): Promise<[result: T, looks: number]> {
  const clock = new FakeClock()
  let count = 0
  let isDone = false
  const networks = async () => looks[Math.min(count++, looks.length - 1)] ?? []
  const result = judge({ clock, networks }).finally(() => (isDone = true))
  await until(() => {
    clock.advance(1_000)
    return isDone
  })
  return [await result, count]
}

describe('a network', () => {
  it.each<[string, Network[][], Network[], boolean, number]>([
    ['that the user has allowed is trusted', [[HOME]], [OFFICE, HOME], true, 1],
    ['with another gateway is not, despite the same subnet', [[CAFE]], [HOME], false, 1],
    [
      'with another subnet is not, even if its gateway has not answered',
      [[{ ...SILENT, subnet: '10.0.0.0/24' }]],
      [HOME],
      false,
      1,
    ],
    ['beside a trusted one has to be trusted too', [[HOME, CAFE]], [HOME], false, 1],
    ['that is missing is not trusted', [[]], [HOME], false, 3],
    ['without a gateway is trusted by its subnet if it was allowed so', [[SILENT]], [SILENT], true, 1],
    ['with a gateway is not, if it was allowed without one', [[HOME]], [SILENT], false, 1],
    ['whose gateway answers late is looked at again', [[SILENT], [HOME]], [HOME], true, 2],
    ['whose gateway is another one is not trusted meanwhile', [[SILENT], [CAFE]], [HOME], false, 2],
    ['whose gateway never answers is not trusted', [[SILENT]], [HOME], false, 3],
  ])('%s', async (_, looks, trusted, isTrusted, count) => {
    expect(await seeing(looks, (source) => isTrustedHere(source, trusted))).toEqual([isTrusted, count])
  })
})

describe('allowing a network', () => {
  const allow = (looks: Network[][], trusted: Network[]) =>
    seeing(looks, (source) => withNetworksHere(source, trusted))

  it('adds it, once', async () => {
    expect(await allow([[HOME]], [])).toEqual([[HOME], 1])
    expect(await allow([[HOME, OFFICE]], [HOME, CAFE])).toEqual([[CAFE, HOME, OFFICE], 1])
  })

  it('waits for the answer of its gateway, but not for ever', async () => {
    expect(await allow([[SILENT], [HOME]], [])).toEqual([[HOME], 2])
    expect(await allow([[SILENT]], [])).toEqual([[SILENT], 3])
  })

  it('drops the oldest of too many', async () => {
    const many = Array.from({ length: MAX_TRUSTED_NETWORKS }, (_, i) => ({
      ...HOME,
      subnet: `10.0.${i}.0/24`,
    }))
    const [trusted] = await allow([[HOME]], many)
    expect(trusted).toEqual([...many.slice(1), HOME])
  })
})
