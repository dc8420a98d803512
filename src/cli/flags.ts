import { Option } from 'commander'
import { dataDirFor } from '../bridge/data-dir/paths.ts'
import { trustAuthorities } from '../bridge/dial/certificate-authorities.ts'
import { parseUpstreamUrl } from '../bridge/upstream/ollama-host.ts'
import { runCommand, type Work } from './run-command.ts'
import { SETTINGS } from '../shared/ipc/settings.ts'

/** Options as parsed by commander: text, or true for a flag. */
export type CommandFlags = Readonly<Record<string, string | boolean | undefined>>

export const option = (flags: string, description: string, variable: string): Option =>
  new Option(flags, description).env(variable)
export const dataDirOption = (): Option =>
  option(
    '--data-dir <dir>',
    `directory for settings, keys and the pairing (default: ${dataDirFor(undefined, {})})`,
    'CLOUDTOLOCALLLM_DATA_DIR',
  )
export const upstreamOption = (): Option =>
  option(
    SETTINGS.upstream.option,
    'URL of the model server (default: OLLAMA_HOST, else the first found on port 11434, 1234, 8080 or 8000)',
    SETTINGS.upstream.env,
  )
export const relayOption = (description: string): Option =>
  option(SETTINGS.relayUrl.option, description, SETTINGS.relayUrl.env)
export const nameOption = (): Option =>
  option(SETTINGS.deviceName.option, 'name of this device (default: the host name)', SETTINGS.deviceName.env)

export function run(flags: CommandFlags, work: Work): Promise<void> {
  return runOffline(flags, async (output, level) => {
    trustAuthorities(process.env)
    await work(output, level)
  })
}

/** For commands without connections to other machines, which need no certificate authorities. */
export function runOffline(flags: CommandFlags, work: Work): Promise<void> {
  return runCommand(flags['json'] === true, work)
}

/** Treats an empty value, common for variables, as not set. */
export function text(value: string | boolean | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function isOn(flag: string | boolean | undefined, variable: string): boolean {
  return flag === true || process.env[variable] === '1'
}

export function dataDirOf(flags: CommandFlags): string {
  return dataDirFor(text(flags['dataDir']), process.env)
}

export function upstreamOf(flags: CommandFlags): string | undefined {
  const upstream = text(flags['upstream'])
  return upstream === undefined ? undefined : parseUpstreamUrl(upstream)
}
