import type { PayloadOf } from '../../src/shared/ipc/contract.ts'
import { JOBS, onlineView, usageOver } from './sample-view.ts'
import type { Script } from './window-stage.ts'

export const NEW_KEY = 'ctl_secret_that_is_told_once'

const QR = Array.from({ length: 33 }, (_, y) =>
  Array.from({ length: 33 }, (_, x) => (x * 7 + y * y) % 3 === 0),
)

/** Answers of the main process to every page of the sample view. */
export const SCRIPT: Script = {
  'chat.try': () => ({
    kind: 'answered',
    model: 'llama3.2:latest',
    reply: 'Hello! I am here.',
    durationMs: 1_240,
    isDemo: false,
  }),
  'keys.create': () => ({
    id: 'k9',
    name: 'Phone',
    key: NEW_KEY,
    link: `https://relay.example.com/#k=${NEW_KEY}`,
    qr: { rows: QR },
    snippets: onlineView.endpoint?.snippets ?? [],
  }),
  'devices.list': () => [
    {
      id: 'dev_4f7a9c',
      name: 'Study',
      state: 'connected',
      isThisOne: true,
      lastSeenAt: Date.now(),
      models: ['llama3.2:latest', 'qwen3:8b'],
    },
    {
      id: 'dev_2',
      name: 'Laptop',
      state: 'absent',
      isThisOne: false,
      lastSeenAt: Date.now() - 7_200_000,
      models: null,
    },
    {
      id: 'dev_3',
      name: 'Old desktop',
      state: 'revoked',
      isThisOne: false,
      lastSeenAt: Date.now() - 9e8,
      models: null,
    },
  ],
  'upstream.detect': () => [{ baseUrl: 'http://127.0.0.1:1234', name: 'LM Studio', models: ['a', 'b'] }],
  'doctor.run': () => [
    {
      check: 'upstream',
      level: 'ok',
      detail: 'Ollama 0.12.3 responds at http://127.0.0.1:11434 and has 5 models.',
      fix: null,
    },
    {
      check: 'exposure',
      level: 'warn',
      detail: 'Ollama is exposed to the network: anyone there can use it without a key.',
      fix: 'Turn off “Expose Ollama to the network” in the model server’s settings, and restart it.',
    },
    {
      check: 'relay',
      level: 'fail',
      detail: 'The relay at https://relay.example.com/ cannot be reached: its certificate has expired.',
      fix: 'Renew the certificate, and check the date on this computer.',
    },
  ],
  'report.export': () => ({ path: '/home/me/report.txt' }),
  'jobs.list': () => ({ isAvailable: true, hold: 'live', jobs: JOBS }),
  'jobs.save': () => ({ path: '/home/me/cloudtolocalllm-job.json' }),
  'usage.get': ({ days }: PayloadOf<'usage.get'>) => usageOver(days),
  'usage.export': () => ({ path: '/home/me/cloudtolocalllm-usage.csv' }),
  'builtInRelay.start': () => ({ failure: null }),
  'relay.look': () => ({
    url: 'https://relay.example.com/',
    name: 'relay.example.com',
    pairing: true,
    issuer: 'accounts.example.com',
    audience: null,
    isLocal: false,
    warning: null,
  }),
}
