import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CERTIFICATES } from './certificates.ts'
import { freePort } from './free-port.ts'
import { Program } from './program.ts'
import { until } from './until.ts'

export interface PebbleOptions {
  /** Life of its certificates. */
  readonly validityS?: number
}

/** A real certificate authority for tests (Pebble) with its own DNS server: every name resolves to 127.0.0.1 unless set. */
export class Pebble {
  readonly directoryUrl: string
  /** PEM file with the certificate of its API, to be trusted by clients. */
  readonly caFile: string
  /** The port it validates HTTP-01 challenges at. */
  readonly httpPort: number
  readonly #ports: { readonly management: number; readonly names: number }
  readonly #dir: string
  readonly #programs: readonly Program[]

  private constructor(
    dir: string,
    httpPort: number,
    ports: { api: number; management: number; names: number },
    programs: readonly Program[],
  ) {
    this.directoryUrl = `https://127.0.0.1:${ports.api}/dir`
    this.caFile = join(dir, 'cert.pem')
    this.httpPort = httpPort
    this.#dir = dir
    this.#ports = ports
    this.#programs = programs
  }

  static async start({ validityS }: PebbleOptions = {}): Promise<Pebble> {
    const dir = await mkdtemp(join(tmpdir(), 'ctl-pebble-'))
    const [api = 0, management = 0, dns = 0, names = 0, httpPort = 0, tlsPort = 0] = await Promise.all(
      Array.from({ length: 6 }, freePort),
    )
    const pebble = {
      listenAddress: `127.0.0.1:${api}`,
      managementListenAddress: `127.0.0.1:${management}`,
      certificate: join(dir, 'cert.pem'),
      privateKey: join(dir, 'key.pem'),
      httpPort,
      tlsPort,
      ...(validityS !== undefined && { certificateValidityPeriod: validityS }),
    }
    await writeFile(join(dir, 'cert.pem'), CERTIFICATES.first.cert)
    await writeFile(join(dir, 'key.pem'), CERTIFICATES.first.key)
    await writeFile(join(dir, 'config.json'), JSON.stringify({ pebble }))
    const answering = ['-management', `127.0.0.1:${names}`, '-dns01', `127.0.0.1:${dns}`, '-defaultIPv6', '']
    const off = ['-http01', '', '-https01', '', '-tlsalpn01', '']
    const programs = [
      new Program([...answering, ...off], { command: ['pebble-challtestsrv'] }),
      new Program(['-config', join(dir, 'config.json'), '-dnsserver', `127.0.0.1:${dns}`], {
        command: ['pebble'],
        // Otherwise it waits up to 15 seconds before each validation.
        env: { PEBBLE_VA_NOSLEEP: '1' },
      }),
    ]
    const started = new Pebble(dir, httpPort, { api, management, names }, programs)
    const isUp = () => started.#get('/roots/0').then(Boolean, () => false)
    await until(isUp, { what: 'Pebble answers' })
    return started
  }

  /** The root of its certificates, in PEM. */
  root(): Promise<string> {
    return this.#get('/roots/0')
  }

  /** Makes a name resolve to another address. */
  async point(host: string, address: string): Promise<void> {
    const url = `http://127.0.0.1:${this.#ports.names}/add-a`
    const body = JSON.stringify({ host: `${host}.`, addresses: [address] })
    const response = await fetch(url, { method: 'POST', body })
    if (!response.ok) throw new Error(await response.text())
  }

  async close(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.close()))
    await rm(this.#dir, { recursive: true, force: true })
  }

  #get(path: string): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const options = { ca: CERTIFICATES.first.cert, agent: new Agent({ keepAlive: false }) }
    const asked = request(`https://127.0.0.1:${this.#ports.management}${path}`, options, (response) => {
      response.toArray().then((chunks) => resolve(Buffer.concat(chunks).toString()), reject)
    })
    asked.on('error', reject)
    asked.end()
    return promise
  }
}
