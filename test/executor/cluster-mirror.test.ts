import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readApiOf } from '#server/cluster/kubernetes-api.ts'
import { ClusterMirror } from '#server/executor/kubernetes/cluster-mirror.ts'
import type { KubernetesObject } from '#server/executor/kubernetes/api.ts'
import { FakeKubernetes } from '#test/harness/fake-kubernetes.ts'

const path = '/api/v1/nodes'

describe('a mirror of the cluster', () => {
  let fake: FakeKubernetes
  let stop: AbortController
  let mirror: ClusterMirror
  let asked: number

  const node = (name: string) =>
    fake.api().call('POST', path, {
      body: {
        metadata: { name, managedFields: [{ manager: 'kubelet' }] },
        status: { allocatable: { cpu: '8' }, images: [{ names: ['x'] }] },
      },
    })
  const names = async () =>
    ((await mirror.reader.list(path)) as KubernetesObject[]).map((it) => it.metadata.name).sort()
  const until = async (wanted: string[]) => {
    for (let look = 0; look < 200 && (await names()).join() !== wanted.join(); look += 1)
      await sleep(10)
    expect(await names()).toEqual(wanted)
  }

  beforeEach(async () => {
    fake = new FakeKubernetes({ seed: 1, tickMs: 0 })
    stop = new AbortController()
    asked = 0
    const direct = readApiOf(fake.api())
    mirror = new ClusterMirror({
      api: fake.api(),
      direct: {
        ...direct,
        list: (what) => {
          asked += 1
          return direct.list(what)
        },
      },
      firstBackoffMs: 1,
      log: () => undefined,
    })
    await node('a')
  })
  afterEach(() => {
    stop.abort()
    fake.close()
  })

  it('asks the cluster as long as nobody watches', async () => {
    expect(await names()).toEqual(['a'])
    expect(await names()).toEqual(['a'])
    expect(asked).toBe(2)
  })

  it('is kept up by a watch, without asking again, and holds no more than is read', async () => {
    mirror.start(stop.signal)
    expect(await names()).toEqual(['a'])
    await sleep(50)
    const before = asked
    await node('b')
    await until(['a', 'b'])
    await fake.api().call('DELETE', `${path}/a`)
    await until(['b'])
    expect(asked).toBe(before)
    const [kept] = (await mirror.reader.list(path)) as [object]
    expect(kept).toMatchObject({ status: { allocatable: { cpu: '8' } } })
    expect(JSON.stringify(kept)).not.toMatch(/managedFields|images/)
  })

  it('asks the cluster again once it stops', async () => {
    mirror.start(stop.signal)
    await names()
    await sleep(50)
    stop.abort()
    const before = asked
    expect(await names()).toEqual(['a'])
    expect(asked).toBe(before + 1)
  })

  it('makes nothing of a list that is not served', async () => {
    mirror.start(stop.signal)
    expect(await mirror.reader.list('/not/served')).toBeNull()
    expect(await mirror.reader.list('/not/served')).toBeNull()
    expect(asked).toBe(2)
  })
})
