import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { ClusterApi, KubernetesObject } from '#server/executor/kubernetes/api.ts'
import { Reflector } from '#server/executor/kubernetes/watch.ts'

const object = (name: string, resourceVersion: string): KubernetesObject => ({
  metadata: { name, namespace: 'n', uid: `uid-${name}`, resourceVersion },
})

describe('the reflector', () => {
  it('begins a list anew whose pages expired in the middle, and ends with all of it', async () => {
    const pages = [
      { status: 200, items: [object('a', '1')], continue: '1' },
      { status: 410, items: [] },
      { status: 200, items: [object('a', '1'), object('b', '2')], continue: '2' },
      { status: 200, items: [object('c', '3')] },
    ]
    const api: ClusterApi = {
      context: 'test',
      server: 'test://',
      call: () => {
        const page = pages.shift()!
        const metadata = { resourceVersion: '5', continue: page.continue ?? '' }
        return Promise.resolve({ status: page.status, body: { metadata, items: page.items } })
      },
      stream: (_path, { signal }) =>
        new Promise((_done, fail) => signal?.addEventListener('abort', () => fail(new Error()))),
      close: () => undefined,
    }
    const seen: string[] = []
    const stop = new AbortController()
    const reflector = new Reflector({
      api,
      path: '/things',
      labelSelector: '',
      log: () => undefined,
      onChange: (change, { metadata }) => seen.push(`${change} ${metadata.name}`),
    })
    const running = reflector.run(stop.signal)
    await Promise.race([reflector.untilSynced(), sleep(5_000)])
    expect(seen).toEqual(['added a', 'added b', 'added c'])
    stop.abort()
    await running
  })

  it('keeps what it learned after the list was made', async () => {
    let answer: () => void = () => undefined
    const listed = new Promise<void>((done) => (answer = done))
    const api: ClusterApi = {
      context: 'test',
      server: 'test://',
      call: async () => {
        await listed
        return { status: 200, body: { metadata: { resourceVersion: '5' }, items: [] } }
      },
      stream: (_path, { signal }) =>
        new Promise((_done, fail) => signal?.addEventListener('abort', () => fail(new Error()))),
      close: () => undefined,
    }
    const stop = new AbortController()
    const reflector = new Reflector({
      api,
      path: '/things',
      labelSelector: '',
      log: () => undefined,
      onChange: () => undefined,
    })
    const running = reflector.run(stop.signal)
    reflector.learn(object('old', '4'))
    reflector.learn(object('new', '6'))
    answer()
    await reflector.untilSynced()
    expect([...reflector.values()].map(({ metadata }) => metadata.name)).toEqual(['new'])
    stop.abort()
    await running
  })
})
