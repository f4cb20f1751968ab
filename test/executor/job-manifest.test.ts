import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileDevices } from '#server/executor/kubernetes/devices.ts'
import { attemptManifest, namespaceManifest } from '#server/executor/kubernetes/job-manifest.ts'
import {
  hostileLaunch,
  manifestFaults,
  manifestOf,
  manifestSettings,
  testAbilities,
} from '#test/harness/hostile-launch.ts'
import { testLaunch } from '#test/harness/kubernetes-scenario.ts'

const uuid = (last: number) => `01990000-0000-7000-8000-00000000000${last}`

describe('an attempt as Kubernetes objects', () => {
  it('is the same, byte for byte, for the same launch', () => {
    const launch = testLaunch({
      attemptId: uuid(4),
      projectId: uuid(1),
      runId: uuid(2),
      stepId: uuid(3),
      component: {
        order: 3,
        name: 'trainer',
        type: 'trainer',
        image: { registry: 'ghcr.io/acme/train', tag: '2.1' },
        command: ['python', '-m', 'train'],
        args: ['--price', '$5', '--home', '$(HOME)'],
        resources: {
          gpuMemory: { text: '20GB', bytes: 20e9 },
          cpu: { written: 2, cores: 2 },
          memory: { text: '8Gi', bytes: 8 * 2 ** 30 },
        },
        params: { rank: 16, prompt: 'a cat' },
        timeout: { written: '1h', seconds: 3600 },
      },
      params: { rank: 16, prompt: 'a cat' },
      environment: { GREETING: 'hello', LD_PRELOAD: '/evil.so', MLFLOW_RUN_ID: uuid(2) },
    })
    const name = 'ad-abcdefghijklmnopqrstuvwxyz'
    const namespace = 'autodidact-project'
    const devices = compileDevices(launch.component.resources, testAbilities, { name, namespace })
    const settings = { ...manifestSettings, name, namespace }
    const made = attemptManifest(launch, devices, { courier: 'c', mlflow: 'm' }, settings)
    expect(made).toMatchSnapshot()
    expect(attemptManifest(launch, devices, { courier: 'c', mlflow: 'm' }, settings)).toEqual(made)
  })

  it('P6 pins the image that was approved, and names its tag where no registry could tell', () => {
    const digest = `sha256:${'ab'.repeat(32)}`
    const imageOf = (image: { registry: string; tag: string }, approved: string | null) => {
      const plain = testLaunch()
      const launch = { ...plain, component: { ...plain.component, image }, digest: approved }
      const settings = {
        ...manifestSettings,
        name: 'ad-pinned',
        namespace: 'autodidact-project',
        allowedImages: ['ghcr.io/acme/*'],
        componentsImage: 'ghcr.io/autodidact/components:0.1.0',
        pullSecrets: ['pull'],
      }
      const none = { name: settings.name, namespace: settings.namespace }
      const devices = compileDevices({}, testAbilities, none)
      const tokens = { courier: 'c', mlflow: 'm' }
      const { job } = attemptManifest(launch, devices, tokens, settings) as { job: any }
      const pod = job.spec.template.spec
      expect(pod.imagePullSecrets).toEqual([{ name: 'pull' }])
      return pod.containers.find((it: { name: string }) => it.name === 'step').image
    }
    const acme = { registry: 'ghcr.io/acme/train', tag: '2.1' }
    expect(imageOf(acme, digest)).toBe(`ghcr.io/acme/train@${digest}`)
    expect(imageOf(acme, 'unresolved:ghcr.io/acme/train:2.1')).toBe('ghcr.io/acme/train:2.1')
    expect(imageOf(acme, null)).toBe('ghcr.io/acme/train:2.1')
    expect(imageOf({ registry: 'autodidact/trainer', tag: '1' }, digest)).toBe(
      `ghcr.io/autodidact/components@${digest}`,
    )
  })

  it('prefers spot nodes where there are some, and after two losses avoids them', () => {
    const spotLabel = { key: 'karpenter.sh/capacity-type', value: 'spot' }
    const podOf = (ordinal: number, spot: boolean) => {
      const launch = testLaunch({ ordinal })
      const component = { ...launch.component, spot }
      const devices = compileDevices({}, testAbilities, { name: 'ad-x', namespace: 'x' })
      const { job } = attemptManifest(
        { ...launch, component },
        devices,
        { courier: 'c', mlflow: 'm' },
        { ...manifestSettings, name: 'ad-x', namespace: 'x', spotLabel },
      )
      const { affinity, tolerations } = (job as any).spec.template.spec
      return {
        operator:
          affinity?.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].preference
            .matchExpressions[0].operator,
        tolerates: tolerations.some((it: { key: string }) => it.key === spotLabel.key),
      }
    }
    expect(podOf(1, true)).toEqual({ operator: 'In', tolerates: true })
    expect(podOf(2, true)).toEqual({ operator: 'In', tolerates: true })
    expect(podOf(3, true)).toEqual({ operator: 'NotIn', tolerates: false })
    expect(podOf(1, false)).toEqual({ operator: undefined, tolerates: false })
  })

  it('guards each namespace', () => {
    expect(
      namespaceManifest({ namespace: 'autodidact-x', installation: 'abc', ports: [4173] }),
    ).toMatchSnapshot()
  })

  it('is "restricted" and stays in its namespace, whatever a spec says', () => {
    let made = 0
    fc.assert(
      fc.property(hostileLaunch, (launch) => {
        const manifest = manifestOf(launch)
        if (manifest === null) return
        made += 1
        expect(manifestFaults(launch, manifest)).toEqual([])
      }),
      { numRuns: 2_000, seed: 20261121 },
    )
    // Else the property would hold by refusing everything.
    expect(made).toBeGreaterThan(500)
  })
})
