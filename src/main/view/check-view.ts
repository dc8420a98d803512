import type { CheckName, CheckResult } from '../../bridge/doctor/check-result.ts'
import type { CheckView } from '../../shared/ipc/view.ts'
import { errorWords } from './error-words.ts'

/** Fixes in the app that replace commands to type. */
const FIXES: Partial<Readonly<Record<CheckName, string>>> = {
  upstream:
    'Start your model server, such as Ollama (https://ollama.com/download), or set its address in the settings.',
  relay: 'Connect this device to a relay.',
  credential: 'Sign out in the settings, then sign in or pair again.',
}

const COMMAND_LINE = /\bnpx cloudtolocalllm\b|--[a-z]/

/** A doctor result without commands to type. */
export function toCheckView({ check, level, detail, fix }: CheckResult): CheckView {
  return { check, level, detail: errorWords({ message: detail }), fix: fix && toFix(check, fix) }
}

function toFix(check: CheckName, fix: string): string {
  if (fix.includes('upstream set-key')) return 'Enter the API key of the model server in the settings.'
  return COMMAND_LINE.test(fix) ? (FIXES[check] ?? errorWords({ message: fix })) : fix
}
