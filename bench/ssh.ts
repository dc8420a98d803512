import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { Lines } from '../e2e/support/lines.ts'
import { freePort } from '../e2e/support/free-port.ts'

const SSHD = '/usr/sbin/sshd'
/** sshd's privilege separation directory; without it sshd does not start as root. */
const PRIVILEGE_SEPARATION_DIR = '/run/sshd'

export function isSshInstalled(): boolean {
  return existsSync(SSHD) && spawnSync('ssh', ['-V']).status === 0
}

/** The common alternative: `ssh -R` through a local server, with temporary keys. */
export class SshTunnel {
  /** Port where the remote end listens. */
  readonly port: number
  readonly #children: readonly ChildProcess[]
  readonly #dir: string

  private constructor(port: number, children: readonly ChildProcess[], dir: string) {
    this.port = port
    this.#children = children
    this.#dir = dir
    // Otherwise these processes would survive a failed benchmark.
    process.on('exit', () => this.close())
  }

  static async start(targetPort: number): Promise<SshTunnel> {
    const dir = mkdtempSync(join(tmpdir(), 'ctl-ssh-'))
    const port = await freePort()
    const sshd = await startServer(dir, port)
    const { user, forwardedPort } = await startClient(dir, port, targetPort)
    return new SshTunnel(forwardedPort, [user, sshd], dir)
  }

  close(): void {
    for (const child of this.#children) child.kill()
    rmSync(this.#dir, { recursive: true, force: true })
  }
}

async function startServer(dir: string, port: number): Promise<ChildProcess> {
  if (process.getuid?.() === 0) mkdirSync(PRIVILEGE_SEPARATION_DIR, { recursive: true })
  for (const name of ['host', 'user'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(dir, name)])
  copyFileSync(join(dir, 'user.pub'), join(dir, 'authorized_keys'))
  chmodSync(join(dir, 'authorized_keys'), 0o600)
  writeFileSync(
    join(dir, 'sshd_config'),
    [
      `HostKey ${join(dir, 'host')}`,
      `AuthorizedKeysFile ${join(dir, 'authorized_keys')}`,
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'UsePAM no',
      // The keys are in the temporary directory, which others may write to.
      'StrictModes no',
      `PidFile ${join(dir, 'pid')}`,
      'LogLevel INFO',
    ].join('\n'),
  )
  const args = ['-D', '-e', '-f', join(dir, 'sshd_config'), '-o', `ListenAddress=127.0.0.1:${port}`]
  const sshd = spawn(SSHD, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  await new Lines(sshd.stderr).next((line) => line.includes('Server listening'))
  return sshd
}

async function startClient(
  dir: string,
  port: number,
  targetPort: number,
): Promise<{ user: ChildProcess; forwardedPort: number }> {
  const options = [
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'IdentitiesOnly=yes',
    'BatchMode=yes',
    'ExitOnForwardFailure=yes',
  ].flatMap((option) => ['-o', option])
  const forward = `127.0.0.1:0:127.0.0.1:${targetPort}`
  const destination = `ssh://${userInfo().username}@127.0.0.1:${port}`
  const args = ['-N', '-F', 'none', '-i', join(dir, 'user'), ...options, '-R', forward, destination]
  const user = spawn('ssh', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const line = await new Lines(user.stderr).next((text) => text.startsWith('Allocated port'))
  return { user, forwardedPort: Number(/\d+/.exec(line)?.[0]) }
}
