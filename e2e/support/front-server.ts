import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Program, ROOT } from './program.ts'
import { freePort } from './free-port.ts'

const DEPLOY = join(ROOT, 'deploy')

/** A real nginx or Caddy, with the shipped configuration; only ports and paths are replaced. */
export class FrontServer {
  readonly port: number
  readonly #dir: string
  readonly #program: Program

  private constructor(port: number, dir: string, program: Program) {
    this.port = port
    this.#dir = dir
    this.#program = program
  }

  /** @param relayPorts the relays behind it, in the order of the configuration */
  static async nginx(relayPorts: readonly number[]): Promise<FrontServer> {
    const [dir, port] = await place()
    const servers = relayPorts.map(
      (relayPort) => `server 127.0.0.1:${relayPort} max_fails=1 fail_timeout=5s;`,
    )
    const upstream = (await configOf('nginx-upstream.conf')).replaceAll(
      /(?:\s+server [^;]+;)+/g,
      ` ${servers.join(' ')} `,
    )
    const site = (await configOf('nginx.conf'))
      .replace('listen 8090;', `listen 127.0.0.1:${port};`)
      .replace('/var/log/nginx/access.log', join(dir, 'access.log'))
    const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    const paths = kinds.map((kind) => `${kind}_temp_path ${join(dir, kind)};`)
    const isRoot = process.getuid?.() === 0
    const main = `${isRoot ? 'user root;' : ''} daemon off; worker_processes 1; pid ${join(dir, 'pid')};
      error_log stderr; events { worker_connections 256; } http { ${paths.join(' ')} ${upstream} ${site} }`
    await writeFile(join(dir, 'nginx.conf'), main)
    const args = ['-p', dir, '-e', 'stderr', '-c', join(dir, 'nginx.conf')]
    return new FrontServer(port, dir, new Program(args, { command: ['nginx'] }))
  }

  /** @param relayPorts the relays behind it, in the order of the configuration */
  static async caddy(relayPorts: readonly number[]): Promise<FrontServer> {
    const [dir, port] = await place()
    const env = {
      CADDY_ADMIN: 'off',
      SITE_ADDRESS: `http://127.0.0.1:${port}`,
      RELAYS: relayPorts.map((relayPort) => `127.0.0.1:${relayPort}`).join(' '),
      HOME: dir,
      XDG_DATA_HOME: dir,
      XDG_CONFIG_HOME: dir,
    }
    const args = ['run', '--adapter', 'caddyfile', '--config', join(DEPLOY, 'Caddyfile')]
    return new FrontServer(port, dir, new Program(args, { command: ['caddy'], env }))
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Its request logs so far, without nginx's error log, which cannot be filtered. */
  async log(): Promise<string> {
    const { stdout, stderr } = this.#program
    return readFile(join(this.#dir, 'access.log'), 'utf8').catch(() =>
      [...stdout.seen, ...stderr.seen].join('\n'),
    )
  }

  async close(): Promise<void> {
    await this.#program.close()
    await rm(this.#dir, { recursive: true, force: true })
  }
}

function configOf(name: string): Promise<string> {
  return readFile(join(DEPLOY, name), 'utf8')
}

async function place(): Promise<[dir: string, port: number]> {
  return [await mkdtemp(join(tmpdir(), 'ctl-front-')), await freePort()]
}
