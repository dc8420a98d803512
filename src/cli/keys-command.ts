import type { Command } from 'commander'
import { dataDirOf, dataDirOption, option, runOffline, text, type CommandFlags } from './flags.ts'
import { createKey, listKeys, revokeKey } from './keys.ts'
import { warnOfSecret } from './secret-option.ts'

export function defineKeys(keys: Command): void {
  addCreateKey(keys)
  keys
    .command('list')
    .description('list all keys, without their secrets')
    .addOption(dataDirOption())
    .action((flags: CommandFlags) => runOffline(flags, (output) => listKeys(dataDirOf(flags), output)))
  keys
    .command('revoke')
    .description('revoke a key immediately')
    .argument('<key>', 'id or name')
    .addOption(dataDirOption())
    .action((key: string, flags: CommandFlags) =>
      runOffline(flags, (output) => revokeKey(dataDirOf(flags), key, output)),
    )
}

function addCreateKey(keys: Command): void {
  addSharedKeyOptions(keys.command('create'))
    .description('create a key, which is shown once')
    .addOption(option('--name <name>', 'name of the key', 'CLOUDTOLOCALLLM_KEY_NAME').default('key'))
    .addOption(
      option(
        '--scopes <list>',
        'scopes: inference, read, manage, account, cloud (default: inference,read)',
        'CLOUDTOLOCALLLM_KEY_SCOPES',
      ),
    )
    .addOption(
      option(
        '--models <list>',
        'allowed models, separated by commas (default: all)',
        'CLOUDTOLOCALLLM_KEY_MODELS',
      ),
    )
    .addOption(
      option(
        '--expires <when>',
        'expiry: 30d, 12h, 45m, a date, or never (default: never)',
        'CLOUDTOLOCALLLM_KEY_EXPIRES',
      ),
    )
    .addOption(
      option(
        '--requests-per-minute <n>',
        'maximum requests per minute (default: no limit)',
        'CLOUDTOLOCALLLM_KEY_REQUESTS_PER_MINUTE',
      ),
    )
    .addOption(
      option(
        '--max-concurrent <n>',
        'maximum concurrent requests (default: no limit)',
        'CLOUDTOLOCALLLM_KEY_MAX_CONCURRENT',
      ),
    )
    .option(
      '--qr',
      'also print a QR code and a link that open the chat page with this key, and client settings',
    )
    .addOption(dataDirOption())
    .action((flags: CommandFlags, command: Command) =>
      runOffline(flags, (output) => {
        if (command.getOptionValueSource('key') === 'cli')
          warnOfSecret('--key', '--key-file <file>, - for standard input,', output)
        return createKey(dataDirOf(flags), keyOptionsOf(flags), output)
      }),
    )
}

/** For a key that several devices accept. */
function addSharedKeyOptions(command: Command): Command {
  return command
    .addOption(
      option(
        '--key-file <file>',
        'file with a key created on another device, to accept it here (- for standard input)',
        'CLOUDTOLOCALLLM_SHARED_KEY_FILE',
      ),
    )
    .addOption(
      option(
        '--key <key>',
        'the same key on the command line, which other users of this computer can read',
        'CLOUDTOLOCALLLM_SHARED_KEY',
      ),
    )
}

function keyOptionsOf({
  name,
  scopes,
  models,
  expires,
  requestsPerMinute,
  maxConcurrent,
  key,
  keyFile,
  qr,
}: CommandFlags) {
  return {
    name: text(name) ?? 'key',
    scopes: text(scopes),
    models: text(models),
    expires: text(expires),
    requestsPerMinute: text(requestsPerMinute),
    maxConcurrent: text(maxConcurrent),
    key: text(key),
    keyFile: text(keyFile),
    qr: qr === true,
  }
}
