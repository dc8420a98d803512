import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { deployFile, type Manifest, manifestsIn } from '../support/deploy-files.ts'
import { ROOT } from '../support/program.ts'
import { startTestRelay } from '../support/stack.ts'

const run = promisify(execFile)
const RULES = join(ROOT, 'deploy/prometheus-alerts.yml')
const JOB = 'cloudtolocalllm-relay'

let dir: string
/** Every name that a relay shows, in the forms that queries use. */
let shown: Set<string>
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ctl-rules-'))
  const relay = await startTestRelay()
  const text = await (await fetch(`${relay.url}/metrics`)).text()
  await relay.close()
  shown = new Set(
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type]) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  )
})
afterAll(() => rm(dir, { recursive: true, force: true }))

const namesIn = (query: string) => query.match(/\b(?:ctl|process|nodejs)_\w+/g) ?? []

async function promtool(command: string, content: object): Promise<void> {
  const file = join(dir, `${command.replace(' ', '-')}.yml`)
  await writeFile(file, stringify(content))
  await run('promtool', [...command.split(' '), file])
}

describe('the alerts', () => {
  const [group] = manifestsIn('prometheus-alerts.yml')[0].groups
  const rules: Manifest[] = group.rules

  it.each(rules.map((rule) => [rule.alert, rule]))(
    '%s uses metrics that relays export, and says what to do',
    (_name, { expr, annotations, labels }) => {
      const names = namesIn(expr)
      expect(names.filter((name) => !shown.has(name))).toEqual([])
      if (names.length === 0) expect(expr).toMatch(/^up\{/)
      expect(annotations.description.length).toBeGreaterThan(80)
      expect(namesIn(annotations.description).filter((name) => !shown.has(name))).toEqual([])
      expect(labels.severity).toMatch(/^(critical|warning)$/)
    },
  )

  it('select relays by the job name in the scrape configuration', () => {
    const [{ scrape_configs: configs }] = manifestsIn('prometheus-scrape.yml')
    expect(configs[0].job_name).toBe(JOB)
    for (const { expr } of rules) expect(expr.replaceAll(`job="${JOB}"`, '')).not.toContain('job=')
  })

  it('treat memory as high at four fifths of the relay’s limit', () => {
    const rule = rules.find(({ alert }) => alert === 'RelayMemoryHigh')
    expect(rule.expr).toContain('0.8 * 1024 * 1024 * 1024')
    const pod = manifestsIn('kubernetes/deployment.yml')[0].spec.template.spec
    expect(pod.containers[0].resources.limits.memory).toBe('1Gi')
    expect(manifestsIn('compose.yml')[0].services['relay-a'].deploy.resources.limits.memory).toBe('1G')
  })

  /** Samples are 15 s apart; `0+3x80` is a counter that grows by 3, eighty times. */
  const series = (values: Record<string, string>) =>
    Object.entries(values).map(([name, value]) => ({ series: name, values: value }))
  const requests = (outcome: string) =>
    `ctl_requests_total{job="${JOB}",route="openai",status="2xx",outcome="${outcome}"}`
  const well = {
    [requests('ok')]: '0+96x120',
    [requests('failed')]: '0+2x120',
    [requests('timeout')]: '0+2x120',
    // Client cancellations are not failures.
    [requests('cancelled')]: '0+900x120',
    [`ctl_first_byte_seconds_sum{job="${JOB}"}`]: '0+100x120',
    [`ctl_first_byte_seconds_count{job="${JOB}"}`]: '0+100x120',
    [`ctl_tunnels{job="${JOB}"}`]: '100x120',
    [`up{job="${JOB}"}`]: '1x120',
    [`process_resident_memory_bytes{job="${JOB}"}`]: '500000000x120',
    [`nodejs_eventloop_lag_p99_seconds{job="${JOB}"}`]: '0.02x120',
    // The clock of these tests begins in 1970.
    [`ctl_certificate_expiry_timestamp_seconds{job="${JOB}"}`]: '7776000x120',
    [`ctl_certificate_expiry_timestamp_seconds{job="${JOB}",instance="behind a proxy"}`]: '0x120',
  }
  const ill: Record<string, Record<string, string>> = {
    RelayRequestsFail: { [requests('failed')]: '0+4x120' },
    RelayAnswersSlowly: { [`ctl_first_byte_seconds_sum{job="${JOB}"}`]: '0+210x120' },
    RelayRequestsTimeOut: { [requests('timeout')]: '0+8x120' },
    RelayLostTunnels: { [`ctl_tunnels{job="${JOB}"}`]: '100x100 69x20' },
    RelayDown: { [`up{job="${JOB}"}`]: '1x100 0x20' },
    RelayMemoryHigh: { [`process_resident_memory_bytes{job="${JOB}"}`]: '900000000x120' },
    RelayEventLoopLags: { [`nodejs_eventloop_lag_p99_seconds{job="${JOB}"}`]: '0.3x120' },
    RelayCertificateExpires: { [`ctl_certificate_expiry_timestamp_seconds{job="${JOB}"}`]: '518400x120' },
  }

  it('do not fire without a problem, and each fires for its own problem', async () => {
    expect(Object.keys(ill)).toEqual(rules.map(({ alert }) => alert))
    // More than one timeout in twenty is less than nineteen successes.
    const isTimeOut = (index: number) => Object.keys(ill)[index - 1] === 'RelayRequestsTimeOut'
    const tests = [{}, ...Object.values(ill)].map((trouble, index) => ({
      interval: '15s',
      input_series: series({ ...well, ...trouble }),
      promql_expr_test: Object.keys(ill).map((alert, at) => ({
        expr: `count(ALERTS{alertname="${alert}",alertstate="firing"}) or vector(0)`,
        eval_time: '29m',
        exp_samples: [{ labels: '{}', value: Number(at === index - 1 || (isTimeOut(index) && at === 0)) }],
      })),
    }))
    await promtool('test rules', { rule_files: [RULES], evaluation_interval: '15s', tests })
  })
})

describe('the dashboard', () => {
  const dashboard = JSON.parse(deployFile('grafana-dashboard.json'))
  const queries: [title: string, expr: string][] = dashboard.panels.flatMap(({ title, targets }: Manifest) =>
    targets.map(({ expr }: Manifest) => [title, expr]),
  )

  it.each(queries)('%s: uses metrics that relays export', (_title, expr) => {
    expect(namesIn(expr).filter((name) => !shown.has(name))).toEqual([])
  })

  it('shows every metric, with valid Prometheus queries', async () => {
    const asked = new Set(queries.flatMap(([, expr]) => namesIn(expr)))
    const own = [...shown].filter((name) => /^ctl_\w+(?<!_sum|_count)$/.test(name))
    expect(own.filter((name) => !asked.has(name) && !asked.has(name.replace('_bucket', '_sum')))).toEqual([])
    const rules = queries.map(([, expr], index) => ({
      record: `panel:${index}`,
      expr: expr.replaceAll('$__rate_interval', '1m').replaceAll('$job', JOB),
    }))
    await promtool('check rules', { groups: [{ name: 'panels', rules }] })
  })

  it('has no overlapping panels', () => {
    const { panels } = dashboard
    expect(new Set(panels.map(({ id }: Manifest) => id)).size).toBe(panels.length)
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }: Manifest) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
  })
})
