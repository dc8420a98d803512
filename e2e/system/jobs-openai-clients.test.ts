// oxlint-disable no-empty-pattern -- Vitest reads from the pattern which fixtures a function needs.
import { readFileSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { batchThat, CHAT, chatLine, embeddingLine, question, upload } from '../support/batch-client.ts'
import { Call } from '../support/call.ts'
import { closing, FILE } from '../support/fixtures.ts'
import { JobsStage } from '../support/jobs-stage.ts'
import { ROOT } from '../support/program.ts'
import { rawRequest } from '../support/raw-request.ts'

/** Failures that can pass are tried again soon. */
const SETTINGS = { MAX_RETRIES: '1', BASE_RETRY_DELAY: '1' }

const it = test
  .extend('stage', FILE, async ({}, { onCleanup }) => closing(await JobsStage.start(SETTINGS), onCleanup))
  .extend('client', FILE, ({ stage }) => stage.client())

interface Recorded {
  readonly headers: Readonly<Record<string, string>>
  readonly requests: readonly {
    readonly method: string
    readonly target: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
  }[]
}

describe('the Python package', () => {
  it('gets an answer to each of its requests, as they were recorded', async ({ stage, client }) => {
    const path = new URL('../support/openai-python.json', import.meta.url)
    const { headers, requests } = JSON.parse(await readFile(path, 'utf8')) as Recorded
    // The objects of the recording stand for those that are made here.
    const made = new Map([['KEY', stage.key]])
    const own = (text: string) =>
      [...made].reduce((filled, [name, value]) => filled.replaceAll(name, value), text)
    const answers: [string, number][] = []
    for (const { method, target, headers: more, body } of requests) {
      const fields = Object.fromEntries(
        Object.entries({ ...headers, ...more }).map(([name, value]) => [name, own(value)]),
      )
      const request = {
        method,
        target: own(target),
        headers: fields,
        ...(method === 'POST' && { body: own(body) }),
      }
      if (target.endsWith('batch_1/cancel')) await batchThat(client, own('batch_1'))
      const answer = await rawRequest(stage.url, request)
      answers.push([`${method} ${target}`, answer.status])
      const id = /"id":"(\w+?[_-])\w+"/.exec(answer.body.toString())
      const name = id && `${id[1]}1`
      if (method === 'POST' && name !== null && !made.has(name)) made.set(name, id![0].slice(6, -1))
    }
    // The recorded input is not valid, so its batch has ended before it is cancelled.
    const expected = answers.map(([request]) => [request, request.includes('batch_1/cancel') ? 409 : 200])
    expect(answers).toEqual(expected)
    expect([...made.keys()].toSorted()).toEqual(['KEY', 'batch_1', 'file-1', 'resp_1'])
  })
})

describe('input of any kind', () => {
  it.for([
    ['a bad line', [chatLine('a'), '{"custom_id":'].join('\n'), 'invalid_json_line', 2],
    [
      'a byte order mark, CRLF and a duplicate id',
      `\u{FEFF}${chatLine('a')}\r\n\r\n${chatLine('a')}\r\n`,
      'duplicate_custom_id',
      3,
    ],
    ['another endpoint', embeddingLine('a'), 'invalid_url', 1],
    ['no line at all', '\r\n \n', 'empty_file', null],
    [
      'bytes at random',
      Buffer.from(Array.from({ length: 5_000 }, (_, n) => (n * 7_919) % 251)),
      'invalid_json_line',
      1,
    ],
  ] as const)(
    'with %s fails the batch with a clear error',
    async ([_what, content, code, line], { client }) => {
      const input_file_id = await upload(client, content)
      const { id } = await client.batches.create({ input_file_id, endpoint: CHAT, completion_window: '24h' })
      const { status, errors } = await batchThat(client, id)
      expect(status).toBe('failed')
      expect(errors?.data?.[0]).toMatchObject({ code, line, message: expect.stringMatching(/\.$/) })
    },
  )

  it('of 200 MB is uploaded and checked in bounded memory', async ({ stage, client }) => {
    const mib = 1024 * 1024
    const long = Buffer.from(`${chatLine('a').replace('hi', 'x'.repeat(9 * mib))}\n`)
    const blob = new Blob(['bad\n', ...Array.from({ length: 22 }, () => long)])
    await stage.resetPeak()
    const before = await stage.peakMiB()
    const { id: input_file_id, bytes } = await client.files.create({
      file: new File([blob], 'long.jsonl'),
      purpose: 'batch',
    })
    expect(bytes).toBeGreaterThan(198 * mib)
    const { id } = await client.batches.create({ input_file_id, endpoint: CHAT, completion_window: '24h' })
    const { errors } = await batchThat(client, id)
    expect(errors?.data?.map(({ code }) => code)).toContain('invalid_json_line')
    expect(errors?.data?.map(({ code }) => code)).toContain('duplicate_custom_id')
    expect((await stage.peakMiB()) - before).toBeLessThan(150)
    await client.files.delete(input_file_id)
  })

  it('that is announced as larger than any file may be is refused before it is sent', async ({ stage }) => {
    const headers = {
      authorization: `Bearer ${stage.key}`,
      'content-type': 'multipart/form-data; boundary=b',
      'content-length': String(520 * 1024 * 1024),
    }
    const call = new Call(`${stage.url}/v1/files`, { method: 'POST', headers })
    expect((await call.head).statusCode).toBe(413)
    call.destroy()
  })
})

describe('the examples of the documentation', () => {
  const text = readFileSync(join(ROOT, 'docs/jobs.md'), 'utf8')
  const examplesIn = (language: string, part = 'openai') =>
    [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))]
      .map(([, code]) => code ?? '')
      .filter((code) => code.includes(part))

  /** A folder in which the packages of this project are found. */
  const folder = async () => {
    const path = join(ROOT, 'out/examples')
    await mkdir(path, { recursive: true })
    return path
  }

  /** @returns its output */
  const runExample = async (stage: JobsStage, name: string, code: string, env = {}): Promise<string> => {
    const path = join(await folder(), `${name}.mjs`)
    await writeFile(path, code)
    const { code: exit, stdout, stderr } = await stage.run([path], env)
    expect([exit, stderr]).toEqual([0, ''])
    return stdout
  }

  it('in JavaScript run', async ({ stage }) => {
    stage.upstream.models.push('llama3.2:latest')
    const examples = examplesIn('js')
    const env = { OPENAI_BASE_URL: `${stage.url}/v1`, OPENAI_API_KEY: stage.key }
    const outputs = await Promise.all(examples.map((code, n) => runExample(stage, `example-${n}`, code, env)))
    const answer = 'token-0 token-1 token-2 token-3 token-4 '
    expect(outputs).toEqual([`prompt-0 ${answer}\nprompt-1 ${answer}`, answer])
  })

  it('of the events of a job and of live updates run', async ({ stage, client }) => {
    const { id } = await client.responses.create(question('live'))
    const [events = '', updates = ''] = ['/events`', 'new WebSocket('].map((part) =>
      examplesIn('js', part).join(''),
    )
    const names = { url: stage.url, key: stage.key, id, KEY: stage.key, ID: id }
    const given = Object.entries(names).map(([name, value]) => `const ${name} = ${JSON.stringify(value)}\n`)
    const programs = [
      `${events}\nprocess.stdout.write(await events.text())`,
      `${updates.replace('wss://relay.example.com', stage.url.replace('http', 'ws'))}
       function show(job) { console.log(job.state); if (job.state === 'completed') socket.close() }`,
    ]
    const outputs = await Promise.all(
      programs.map((code, n) => runExample(stage, `native-${n}`, `${given.join('')}${code}`)),
    )
    expect(outputs[0]).toContain('"state":"completed"')
    expect(outputs[1]?.split('\n').at(-1)).toBe('completed')
  })

  it('in React are correct', async ({ stage }) => {
    const path = await folder()
    const [code = ''] = examplesIn('tsx')
    await writeFile(join(path, 'example.tsx'), code)
    const compilerOptions = {
      strict: true,
      noEmit: true,
      module: 'nodenext',
      target: 'esnext',
      jsx: 'react-jsx',
      skipLibCheck: true,

      types: ['node'],
      // Preact's hooks, which this project has, are those of React.
      paths: { react: [join(ROOT, 'node_modules/preact/hooks/src/index.d.ts')] },
    }
    await writeFile(join(path, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['example.tsx'] }))
    const { code: exit, stdout } = await stage.run([
      join(ROOT, 'node_modules/typescript/bin/tsc'),
      '-p',
      path,
    ])
    expect([exit, stdout]).toEqual([0, ''])
  })
})
