import { describe, expect, it } from 'vitest'
import { parseSpec, printSpec, type Spec } from '#schema/domain/spec.ts'
import { fakeComponent, fakeSpec } from '#test/engine/fake-components.ts'
import { manifestFaults, manifestOf } from '#test/harness/hostile-launch.ts'
import { testLaunch } from '#test/harness/kubernetes-scenario.ts'

const image = { registry: 'ghcr.io/acme/tool', tag: '1' }

/** A good plan as a person sends it, to be spoilt. */
function wire(): any {
  const step = fakeComponent(
    1,
    'trainer',
    'trainer',
    { outputs: [{ name: 'model', type: 'model' }] },
    {},
    { image, resources: { gpuCount: 1, cpu: { written: 2, cores: 2 } } },
  )
  return JSON.parse(printSpec(fakeSpec([step], [])))
}

const pod = {
  hostNetwork: true,
  hostPID: true,
  serviceAccountName: 'cluster-admin',
  nodeName: 'control-plane',
  securityContext: { privileged: true, runAsUser: 0 },
  volumes: [{ name: 'root', hostPath: { path: '/' } }],
}

/** What a hostile text asks for, and whether it is refused by name (a code) or asked in vain (null). */
const asks: [string, (spec: any) => void, string | null][] = [
  ['privilege', (spec) => (spec.components[0].securityContext = { privileged: true }), null],
  ['a pod of its own', (spec) => Object.assign(spec.components[0], { podSpec: pod, ...pod }), null],
  ['privilege in its resources', (spec) => Object.assign(spec.components[0].resources, pod), null],
  ['privilege in its image', (spec) => Object.assign(spec.components[0].image, pod), null],
  ['a host path', (spec) => (spec.components[0].volumes = [{ hostPath: { path: '/etc' } }]), null],
  [
    'a host path as its storage',
    (spec) => (spec.storage = { type: 'hostPath', path: '/etc' }),
    'STORAGE_TYPE',
  ],
  [
    'a path above its claim',
    (spec) => (spec.storage = { type: 'distributed', path: '/cephfs/../../etc' }),
    'STORAGE_PATH',
  ],
  [
    'another namespace',
    (spec) => {
      spec.namespace = 'kube-system'
      spec.components[0].namespace = 'kube-system'
      spec.components[0].metadata = { namespace: 'kube-system' }
    },
    null,
  ],
  [
    'an image off the list',
    (spec) => (spec.components[0].image = { registry: 'docker.io/evil/miner', tag: '1' }),
    'refused',
  ],
  [
    'an image that only begins like an allowed one',
    (spec) => (spec.components[0].image = { registry: 'ghcr.io/acme-evil/tool', tag: '1' }),
    'refused',
  ],
  [
    'an image off the list behind an allowed name',
    (spec) => (spec.components[0].image = { registry: 'ghcr.io/acme/../evil/tool', tag: '1' }),
    'refused',
  ],
  ['10^9 GPUs', (spec) => (spec.components[0].resources.gpu_count = 1_000_000_000), 'GPU_COUNT'],
  ['negative memory', (spec) => (spec.components[0].resources.memory = '-4GB'), 'QUANTITY'],
  ['a 300-character name', (spec) => (spec.components[0].name = 't'.repeat(300)), 'NAME'],
  ['10^9 cores', (spec) => (spec.components[0].resources.cpu = 1e9), 'CPU'],
]

function launchOf(spec: Spec) {
  const component = spec.components[0]!
  return testLaunch({
    component,
    params: component.params,
    environment: spec.envVars,
    storage: spec.storage,
  })
}

describe('a spec that asks for what nobody gets', () => {
  it('is one that would do without its asks', () => {
    const { spec, problems } = parseSpec(JSON.stringify(wire()))
    expect(problems).toEqual([])
    const launch = launchOf(spec!)
    expect(manifestFaults(launch, manifestOf(launch)!)).toEqual([])
  })

  it.each(asks)('%s', (_what, spoil, refusal) => {
    const text = wire()
    spoil(text)
    const { spec, problems } = parseSpec(JSON.stringify(text))
    if (refusal !== null && refusal !== 'refused') {
      const codes = problems.map((it) => it.code)
      expect(
        codes.some((code) => code.includes(refusal)),
        codes.join(', '),
      ).toBe(true)
      return
    }
    const launch = launchOf(spec!)
    const made = manifestOf(launch)
    if (refusal === 'refused') {
      expect(made).toBeNull()
      return
    }
    // It is kept with the plan, whose words are the person's own; not a letter of it reaches the pod.
    expect(made).not.toBeNull()
    expect(manifestFaults(launch, made!)).toEqual([])
    const objects = JSON.stringify(made)
    for (const word of ['privileged', 'hostPath', 'hostNetwork', 'kube-system', 'cluster-admin'])
      expect(objects).not.toContain(word)
    expect(made!.job.spec.template.spec.nodeName).toBeUndefined()
  })
})
