import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { closedAfterEach, fresh as it } from '../support/fixtures.ts'
import { Workshop } from '../support/program.ts'

const workshop = closedAfterEach(new Workshop())

async function linesOf(...args: string[]): Promise<Record<string, unknown>[]> {
  const { code, stdout, stderr } = await workshop.run([...args, '--json']).result()
  expect([code, stderr]).toEqual([0, ''])
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

describe('usage', () => {
  it('shows, exports and clears the counts, with and without a running bridge', async ({
    relay,
    upstream,
  }) => {
    const dataDir = await workshop.dataDir()
    const usage = (command: string) => linesOf('usage', command, '--data-dir', dataDir)
    const pairing = ['--relay', relay.url, '--pair', relay.mintPairingCode('owner')]
    const bridge = workshop.run([
      'bridge',
      '--json',
      '--upstream',
      upstream.origin,
      '--data-dir',
      dataDir,
      ...pairing,
    ])
    await bridge.stdout.json(({ event }) => event === 'online')
    const [made] = await linesOf('keys', 'create', '--name', 'phone', '--data-dir', dataDir)
    const answer = await fetch(`${relay.url}/k/${String(made?.['key'])}/api/chat`, {
      method: 'POST',
      body: JSON.stringify({
        model: 'fake:latest',
        messages: [{ role: 'user', content: 'secret words' }],
      }),
    })
    expect([answer.status, await answer.text()]).toEqual([200, expect.any(String)])
    await expect
      .poll(() => usage('show'))
      .toContainEqual(expect.objectContaining({ key: 'phone', requests: 1 }))
    bridge.kill()
    expect(await bridge.exit).toBe(0)

    const shown = await usage('show')
    expect(shown.map((line) => Object.keys(line)[0])).toEqual(['day', 'model', 'key'])
    expect(shown[1]).toMatchObject({ model: 'fake:latest', requests: 1, errors: 0 })
    expect((await stat(join(dataDir, 'usage.db'))).mode & 0o777).toBe(0o600)
    const [{ csv } = {}] = await usage('export')
    expect(csv).toMatch(/^day,model,key,requests,errors,tokens\r\n[\d-]+,fake:latest,phone,1,0,\d+\r\n$/)
    await usage('clear')
    expect(await usage('show')).toEqual([])
  })

  it('names the range of --days', async () => {
    const { code, stderr } = await workshop.run(['usage', 'show', '--days', '91']).result()
    expect([code, stderr]).toEqual([2, '--days must be a whole number from 1 to 90'])
  })
})
