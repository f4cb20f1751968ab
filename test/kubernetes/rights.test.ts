import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openCluster } from '#server/executor/kubernetes/cluster.ts'
import type { ClusterApi } from '#server/executor/kubernetes/api.ts'
import { namespaceOf } from '#server/executor/kubernetes/names.ts'
import { makeExecutor, testLaunch } from '#test/harness/kubernetes-scenario.ts'
import { removeNamespaces } from './cluster.ts'
import { makeStandIn } from './stand-in.ts'

const rbac = join(import.meta.dirname, '../../deploy/rbac')
const own = '/var/lib/test-cluster/bin/kubectl'
const kubectl = (...words: string[]): string =>
  execFileSync(existsSync(own) ? own : 'kubectl', words, {
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
  })
const prefix = `k-r${Date.now().toString(36)}`

describe.skipIf(process.env['KUBECONFIG'] === undefined)('the rights of deploy/rbac', () => {
  let folder: string
  let config: string
  let api: ClusterApi

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubernetes-rights-'))
    // The same objects under names of this test: the cluster may have the real ones.
    const text = (await readFile(join(rbac, 'autodidact.yaml'), 'utf8'))
      .replaceAll(/name: autodidact(-platform|-project)?$/gm, `name: ${prefix}$1`)
      .replaceAll(/(namespace|policyName): autodidact/gm, `$1: ${prefix}`)
      .replaceAll('[autodidact-project]', `[${prefix}-project]`)
      .replaceAll('serviceaccount:autodidact:autodidact', `serviceaccount:${prefix}:${prefix}`)
      .replaceAll(`policyName: ${prefix}-platform`, `policyName: ${prefix}-platform`)
    const file = join(folder, 'rbac.yaml')
    await writeFile(file, text)
    kubectl('apply', '-f', file)
    const token = kubectl('create', 'token', prefix, '-n', prefix, '--duration', '1h').trim()
    config = join(folder, 'kubeconfig')
    await writeFile(config, kubectl('config', 'view', '--raw', '--flatten', '--minify'))
    kubectl('--kubeconfig', config, 'config', 'set-credentials', 'platform', `--token=${token}`)
    kubectl('--kubeconfig', config, 'config', 'set-context', '--current', '--user=platform')
    api = await openCluster({ kubeconfig: config, context: null })
    // The admission policy takes a moment to be in force.
    await sleep(2_000)
  })
  afterAll(async () => {
    api?.close()
    await removeNamespaces(prefix)
    for (const kind of [
      'clusterrolebinding',
      'clusterrole',
      'validatingadmissionpolicybinding',
      'validatingadmissionpolicy',
    ])
      for (const name of [`${prefix}-platform`, `${prefix}-project`])
        kubectl('delete', kind, name, '--ignore-not-found')
    await rm(folder, { recursive: true, force: true })
  })

  it('are enough to run a step, with a claim, from a new namespace to nothing left', async () => {
    const executor = makeExecutor(api, folder, {
      namespacePrefix: prefix,
      installation: prefix,
      projectRole: `${prefix}-project`,
      courierImage: await makeStandIn(),
      allowedImages: ['localhost/*'],
      log: (message, facts) => console.error(message, facts),
    })
    const unwatch = executor.watch(() => undefined)
    const launch = testLaunch({
      component: {
        order: 1,
        name: 'step',
        type: 'custom',
        image: { registry: 'localhost/busybox', tag: '1' },
        command: ['sh', '-c', 'echo "devices: $NVIDIA_VISIBLE_DEVICES"'],
        resources: { gpuMemory: { text: '20GB', bytes: 20e9 } },
        params: {},
      },
    })
    try {
      await executor.start(launch)
      for (;;) {
        const seen = await executor.observe(launch.attemptId)
        if (seen.state === 'ended') {
          expect(seen.exit).toMatchObject({ reason: 'exited', exitCode: 0 })
          break
        }
        await sleep(200)
      }
      const { bytes } = await executor.logs(launch.attemptId, 0, 1_000)
      expect(new TextDecoder().decode(bytes)).toMatch(/^devices: gpu-\d\n$/)
      await executor.release(launch.attemptId)
      const namespace = namespaceOf(prefix, 'per-project', launch.projectId)
      const left = kubectl(
        'get',
        'jobs,secrets,resourceclaimtemplates',
        '-n',
        namespace,
        '-o',
        'name',
      )
      expect(left.trim()).toBe('')
    } finally {
      unwatch()
    }
  })

  it('are no more than the list that is checked in', async () => {
    const list = (namespace: string): string =>
      kubectl('auth', 'can-i', '--list', '-n', namespace, '--kubeconfig', config)
        .replaceAll(prefix, 'autodidact')
        .split('\n')
        .slice(1)
        .map((line) => line.replaceAll(/ {2,}/g, '  ').trim())
        // What every service account may do: ask who it is and what there is.
        .filter((line) => line !== '' && !/^selfsubject|^\s*\[\/|^\[\//.test(line))
        .sort()
        .join('\n')
    const project = namespaceOf(prefix, 'per-project', testLaunch().projectId)
    const found = `# anywhere\n${list('kube-system')}\n# in a project's namespace\n${list(project)}\n`
    await expect(found).toMatchFileSnapshot(join(rbac, 'rights.txt'))
  })

  it('reach no secret, pod or namespace of anybody else', async () => {
    const forbidden: [string, string, object?][] = [
      ['GET', '/api/v1/namespaces/kube-system/secrets'],
      ['GET', '/api/v1/secrets'],
      ['GET', '/api/v1/namespaces/kube-system/secrets/any'],
      ['DELETE', '/api/v1/namespaces/kube-system/pods/any'],
      ['DELETE', '/api/v1/namespaces/default'],
      ['PATCH', '/api/v1/namespaces/default', { metadata: { labels: { a: 'b' } } }],
      ['GET', '/api/v1/namespaces/kube-system/pods/any/log'],
      ['POST', '/api/v1/namespaces/default/pods/any/exec'],
      ['GET', '/api/v1/nodes/any/proxy/metrics'],
      [
        'POST',
        '/apis/batch/v1/namespaces/default/jobs',
        { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'x' }, spec: {} },
      ],
      [
        'POST',
        '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRoleBinding',
          metadata: { name: prefix },
          roleRef: {
            apiGroup: 'rbac.authorization.k8s.io',
            kind: 'ClusterRole',
            name: 'cluster-admin',
          },
        },
      ],
    ]
    for (const [method, path, body] of forbidden) {
      const reply = await api.call(method, path, {
        body,
        ...(method === 'PATCH' ? { contentType: 'application/merge-patch+json' } : {}),
      })
      expect(reply.status, `${method} ${path}: ${JSON.stringify(reply.body)}`).toBe(403)
    }
  })

  it('cannot be spread: no role where somebody else is at home, no namespace without its guard', async () => {
    const binding = (namespace: string, role: string) =>
      api.call('POST', `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`, {
        body: {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'RoleBinding',
          metadata: { name: prefix, namespace },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
          subjects: [{ kind: 'ServiceAccount', name: prefix, namespace: prefix }],
        },
      })
    const project = namespaceOf(prefix, 'per-project', testLaunch().projectId)
    expect((await binding('kube-system', `${prefix}-project`)).status).not.toBe(201)
    expect((await binding(project, 'cluster-admin')).status).toBe(403)
    const open = await api.call('POST', '/api/v1/namespaces', {
      body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: `${prefix}-open` } },
    })
    expect(open.status, JSON.stringify(open.body)).not.toBe(201)
    expect(JSON.stringify(open.body)).toMatch(/restricted pod security standard/)
  })
})
