import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseRelayConfig } from '../../src/relay/config.ts'
import type { Relay } from '../../src/relay/relay.ts'
import { type Manifest, manifestNames, manifestsIn, relayVariables } from '../support/deploy-files.ts'
import { startTestRelay } from '../support/stack.ts'

const all = manifestNames().flatMap((name) => manifestsIn(`kubernetes/${name}`))
const ofKind = (kind: string): Manifest[] => all.filter((manifest) => manifest.kind === kind)
const only = (kind: string): Manifest => {
  expect(ofKind(kind)).toHaveLength(1)
  return ofKind(kind)[0]
}

const deployment = only('Deployment')
const pod = deployment.spec.template.spec
const container = pod.containers[0]
const settings: Record<string, string> = only('ConfigMap').data
const labels = deployment.spec.template.metadata.labels
const ports = new Map<string, number>(
  container.ports.map(({ name, containerPort }: Manifest) => [name, containerPort]),
)
const secretKeys = Object.keys(only('Secret').stringData)

let relay: Relay
beforeAll(async () => {
  relay = await startTestRelay()
})
afterAll(() => relay.close())

it('is applied completely, except for the example secret', () => {
  const { resources } = only('Kustomization')
  const names = [...resources, 'kustomization.yml', 'secret.example.yml']
  expect(new Set(names)).toEqual(new Set(manifestNames()))
})

it('runs unprivileged, on a read-only disk', () => {
  expect(pod.securityContext).toMatchObject({
    runAsNonRoot: true,
    runAsUser: 1000,
    seccompProfile: { type: 'RuntimeDefault' },
  })
  expect(pod.automountServiceAccountToken).toBe(false)
  expect(pod.containers).toHaveLength(1)
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  })
  expect(container.volumeMounts.every(({ readOnly }: Manifest) => readOnly)).toBe(true)
})

it('has a fixed image version and resource limits', () => {
  expect(container.image).toMatch(/:\d+\.\d+\.\d+$/)
  expect(container.resources).toEqual({
    requests: { cpu: expect.any(String), memory: expect.any(String) },
    limits: { cpu: expect.any(String), memory: expect.any(String) },
  })
})

it.each(['livenessProbe', 'readinessProbe', 'startupProbe'])(
  '%s requests a path that a relay serves',
  async (probe) => {
    const { path, port } = container[probe].httpGet
    expect(ports.get(port)).toBe(3001)
    expect((await fetch(relay.url + path)).status).toBe(200)
    // A pod that is not ready must not be killed: it is draining.
    expect(path).toBe(probe === 'readinessProbe' ? '/health/ready' : '/health/live')
  },
)

it('has a longer grace period than the drain timeout', () => {
  const [program, pauseS] = container.lifecycle.preStop.exec.command
  expect(program).toBe('sleep')
  const { drainMs } = parseRelayConfig({}, { DRAIN_TIMEOUT: settings['DRAIN_TIMEOUT'] })
  expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(Number(pauseS) + drainMs / 1000 + 30)
  expect(deployment.spec.strategy.rollingUpdate.maxUnavailable).toBe(0)
})

it('sets only variables and values that a relay accepts', () => {
  const given = container.env.map(({ name }: Manifest) => name).filter((name: string) => name !== 'POD_IP')
  const known = relayVariables()
  expect([...given, ...Object.keys(settings)].filter((name) => !known.has(name))).toEqual([])
  const literal = container.env.filter(({ value }: Manifest) => value !== undefined)
  const env = Object.fromEntries(literal.map(({ name, value }: Manifest) => [name, value]))
  const INTERNAL_URL = env.INTERNAL_URL.replace('$(POD_IP)', '10.0.0.7')
  const REDIS_URL = 'rediss://:secret@redis.example:6379'
  expect(parseRelayConfig({}, { ...settings, ...env, INTERNAL_URL, REDIS_URL })).toBeDefined()
  expect(Number(env.INTERNAL_PORT)).toBe(ports.get('internal'))
})

it('has secrets only in the Secret, which it references', () => {
  const wanted = [
    ...container.env.flatMap(({ valueFrom }: Manifest) => valueFrom?.secretKeyRef ?? []),
    ...pod.volumes.flatMap(({ secret }: Manifest) => secret?.items ?? []),
  ].map(({ key }) => key)
  expect(new Set(wanted)).toEqual(new Set(secretKeys))
  const secret = only('Secret')
  expect(new Set(Object.values(secret.stringData))).toEqual(new Set(['REPLACE']))
  for (const { name } of [
    ...container.env.flatMap(({ valueFrom }: Manifest) => valueFrom?.secretKeyRef ?? []),
    ...pod.volumes.map(({ secret: { secretName } }: Manifest) => ({ name: secretName })),
  ])
    expect(name).toBe(secret.metadata.name)
  for (const name of ['REDIS_URL', 'OPERATOR_TOKEN', 'RELAY_KEY']) expect(settings).not.toHaveProperty(name)
  expect(JSON.stringify(all)).not.toMatch(/redis:\/\/[^"]*:[^"]*@|BEGIN [A-Z ]*KEY|"d":/)
})

it('has selectors that match existing pods', () => {
  const [service, headless] = ofKind('Service')
  for (const selector of [
    deployment.spec.selector.matchLabels,
    service.spec.selector,
    headless.spec.selector,
    only('PodDisruptionBudget').spec.selector.matchLabels,
    only('NetworkPolicy').spec.podSelector.matchLabels,
    pod.topologySpreadConstraints[0].labelSelector.matchLabels,
  ])
    expect(labels).toMatchObject(selector)
  expect([service.spec.clusterIP, headless.spec.clusterIP]).toEqual([undefined, 'None'])
  for (const { targetPort } of [...service.spec.ports, ...headless.spec.ports])
    expect(ports.has(targetPort)).toBe(true)
  expect(only('HorizontalPodAutoscaler').spec.scaleTargetRef).toMatchObject({
    kind: 'Deployment',
    name: deployment.metadata.name,
  })
  const { backend } = only('Ingress').spec.rules[0].http.paths[0]
  expect(backend.service).toEqual({ name: service.metadata.name, port: { name: service.spec.ports[0].name } })
})

it('allows only relays to reach the port between relays', () => {
  const rules = only('NetworkPolicy').spec.ingress
  const open = rules.filter(({ ports: allowed }: Manifest) =>
    allowed.some(({ port }: Manifest) => port === ports.get('internal')),
  )
  expect(open).toEqual([
    { from: [{ podSelector: { matchLabels: labels } }], ports: [{ protocol: 'TCP', port: 3101 }] },
  ])
})

it('passes streams, uploads and tunnels through the ingress', () => {
  const prefix = 'nginx.ingress.kubernetes.io/'
  expect(only('Ingress').metadata.annotations).toMatchObject({
    [`${prefix}proxy-buffering`]: 'off',
    [`${prefix}proxy-request-buffering`]: 'off',
    [`${prefix}proxy-body-size`]: '0',
    [`${prefix}proxy-read-timeout`]: '3600',
    [`${prefix}proxy-send-timeout`]: '3600',
  })
})

it('scales with tunnels and CPU, and always keeps some pods', async () => {
  const { metrics, minReplicas } = only('HorizontalPodAutoscaler').spec
  const [cpu, tunnels] = metrics
  expect(cpu.resource.name).toBe('cpu')
  expect(await (await fetch(`${relay.url}/metrics`)).text()).toContain(`\n${tunnels.pods.metric.name} `)
  expect(minReplicas).toBeGreaterThan(only('PodDisruptionBudget').spec.maxUnavailable)
  // If set here too, each rollout would undo the autoscaler's decision.
  expect(deployment.spec).not.toHaveProperty('replicas')
})
