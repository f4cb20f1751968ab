import { createHash } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { canonicalJson } from '#schema/domain/canonical-json.ts'
import { DomainError } from '#schema/domain/errors.ts'
import type { Component } from '#schema/domain/spec.ts'
import type {
  ArtifactFile,
  Capacity,
  CollectedOutput,
  Executor,
  Launch,
  Observation,
} from '../executor.ts'
import { ClusterError, expectOk, type ClusterApi, type Reply } from './api.ts'
import type { CourierPlan } from '../courier-store.ts'
import { AttemptLog } from './attempt-log.ts'
import { readCluster } from './devices-discover.ts'
import {
  memoryBytesOf,
  productOf,
  readInventory,
  type ClusterInventory,
  tolerates,
} from './devices-inventory.ts'
import { compileDevices } from './devices.ts'
import {
  annotation,
  attemptManifest,
  courierCores,
  finalizer,
  label,
  namespaceManifest,
  refusedImage,
} from './job-manifest.ts'
import { mainContainer } from './job-manifest.ts'
import { observeJob, runningSeconds, type JobObject, type PodObject } from './job-status.ts'
import { followLog } from './log-follower.ts'
import { jobName, namespaceOf } from './names.ts'
import { Reflector } from './watch.ts'

/** Where plans and deliveries are kept: the database, so that every server sees them. */
export interface CourierRecords {
  savePlan(attemptId: string, plan: CourierPlan): Promise<void>
  outputsOf(attemptId: string): Promise<readonly { name: string; files: readonly ArtifactFile[] }[]>
  forgetAttempt(attemptId: string): Promise<void>
  forgetCheckpoint(stepId: string): Promise<void>
}

export interface KubernetesExecutorDeps {
  readonly api: ClusterApi
  readonly installation: string
  readonly namespacePrefix: string
  readonly namespacePlan: 'per-project' | 'by-purpose'
  readonly courierImage: string
  readonly componentsImage: string
  readonly allowedImages: readonly string[]
  publicUrl(): string
  /** Other ports that pods have to reach: the store's. */
  readonly ports: readonly number[]
  /** `attempts/<id>/log/` lie below. */
  readonly dataRoot: string
  readonly records: CourierRecords
  courierToken(attemptId: string): string
  /** The files that a storage path of the spec stands for here, put into the store. */
  dataFiles(launch: Launch): Promise<readonly ArtifactFile[]>
  log(message: string, facts?: object): void
  now(): Date
}

const inventoryMs = 15_000
const stopGraceSeconds = 30
const patch = 'application/merge-patch+json'
const limitAnnotation = 'autodidact.dev/time-limit-seconds'
/** How long an ended attempt waits for the rest of its log. */
const logPatienceMs = 15_000

interface Following {
  readonly pod: string
  readonly log: AttemptLog
  readonly stop: AbortController
  done: boolean
  endedAt: number | null
}

/** Steps as Jobs, exactly one for each attempt (design 05): create or adopt, observe, end, and clear away. */
export class KubernetesExecutor implements Executor {
  readonly name = 'kubernetes'
  readonly usesEnvironment = false
  readonly #deps: KubernetesExecutorDeps
  readonly #jobs: Reflector<JobObject>
  readonly #pods: Reflector<PodObject>
  /** Jobs by attempt, as the watch last showed them. */
  readonly #jobOf = new Map<string, JobObject>()
  readonly #podsOf = new Map<string, Map<string, PodObject>>()
  readonly #hearers = new Set<(attemptId: string) => void>()
  readonly #following = new Map<string, Following>()
  readonly #namespaces = new Map<string, Promise<void>>()
  /** Attempts whose log is not followed any more. */
  readonly #released = new Set<string>()
  #watching: AbortController | null = null
  #inventory: { at: number; value: Promise<ClusterInventory> } | null = null

  constructor(deps: KubernetesExecutorDeps) {
    this.#deps = deps
    const labelSelector = `${label.installation}=${deps.installation}`
    const attemptOf = (object: JobObject | PodObject) =>
      object.metadata.labels?.[label.attempt] ?? ''
    this.#jobs = new Reflector<JobObject>({
      api: deps.api,
      path: '/apis/batch/v1/jobs',
      labelSelector,
      log: (message, facts) => deps.log(message, facts),
      onChange: (change, job) => {
        const attempt = attemptOf(job)
        const known = this.#jobOf.get(attempt)
        if (change !== 'deleted') this.#jobOf.set(attempt, job)
        else if (known?.metadata.uid === job.metadata.uid) this.#jobOf.delete(attempt)
        this.#tell(attempt)
      },
    })
    this.#pods = new Reflector<PodObject>({
      api: deps.api,
      path: '/api/v1/pods',
      labelSelector,
      log: (message, facts) => deps.log(message, facts),
      onChange: (change, pod) => {
        const attempt = attemptOf(pod)
        const pods = this.#podsOf.get(attempt) ?? new Map<string, PodObject>()
        if (change === 'deleted') pods.delete(pod.metadata.uid ?? '')
        else pods.set(pod.metadata.uid ?? '', pod)
        if (pods.size === 0) this.#podsOf.delete(attempt)
        else this.#podsOf.set(attempt, pods)
        this.#follow(attempt)
        this.#tell(attempt)
      },
    })
  }

  // --- what the cluster has -------------------------------------------------------------------

  inventory(): Promise<ClusterInventory> {
    const now = performance.now()
    if (this.#inventory === null || now - this.#inventory.at > inventoryMs) {
      const value = readCluster({
        get: async (path) => this.#optional(path),
        list: (path) => this.#list(path),
      }).then(readInventory)
      // A failure is not kept: the next one asks again.
      value.catch(() => (this.#inventory = null))
      this.#inventory = { at: now, value }
    }
    return this.#inventory.value
  }

  async #optional(path: string): Promise<unknown> {
    const reply = await this.#deps.api.call('GET', path)
    return reply.status === 404 ? null : expectOk(`GET ${path}`, reply)
  }

  async #list(path: string): Promise<unknown[] | null> {
    const items: unknown[] = []
    let more: string | undefined
    do {
      const reply: Reply = await this.#deps.api.call('GET', path, {
        query: { limit: 500, continue: more },
      })
      if (reply.status === 404) return null
      const page = expectOk(`GET ${path}`, reply) as {
        items: unknown[]
        metadata: { continue?: string }
      }
      items.push(...page.items)
      more = page.metadata.continue === '' ? undefined : page.metadata.continue
    } while (more !== undefined)
    return items
  }

  async capacity(): Promise<Capacity> {
    const { nodes, devices } = await this.inventory()
    const active = nodes.filter((node) => node.state === 'ACTIVE')
    const sum = (pick: (node: (typeof active)[number]) => number) =>
      active.reduce((total, node) => total + pick(node), 0)
    const claimed = devices.map((device) => ({
      name: productOf(device) || device.name,
      memoryBytes: memoryBytesOf(device) ?? 0,
    }))
    const plugged = active.flatMap((node) => {
      const label = node.labels['nvidia.com/gpu.product'] ?? 'GPU'
      const mebibytes = Number(node.labels['nvidia.com/gpu.memory'] ?? 0)
      return Array.from({ length: node.extended['nvidia.com/gpu']?.total ?? 0 }, () => ({
        name: label,
        memoryBytes: mebibytes * 1024 ** 2,
      }))
    })
    return {
      cores: sum((node) => node.cores),
      memoryBytes: sum((node) => node.memoryBytes),
      devices: [...claimed, ...plugged].map((device, index) => ({ index, ...device })),
    }
  }

  refuses(component: Component): string | null {
    return refusedImage(component, this.#deps.allowedImages)
  }

  /** The image as it will be named in the pod: one that names a digest is exactly its code. */
  digest(component: Component): Promise<string> {
    const { registry, tag } = component.image
    const image = registry.startsWith('autodidact/')
      ? `${this.#deps.componentsImage} ${registry}:${tag}`
      : `${registry}:${tag}`
    const command = canonicalJson([component.command ?? null, component.args ?? null])
    return Promise.resolve(
      `sha256:${createHash('sha256').update(`${image}\n${command}`).digest('hex')}`,
    )
  }

  // --- attempts -------------------------------------------------------------------------------

  async start(launch: Launch): Promise<void> {
    const { installation, records } = this.#deps
    await this.#ready()
    const namespace = namespaceOf(
      this.#deps.namespacePrefix,
      this.#deps.namespacePlan,
      launch.projectId,
    )
    const name = jobName({ installation, ...launch })
    const { abilities, nodes } = await this.inventory()
    const devices = compileDevices(launch.component.resources, abilities, {
      name,
      namespace,
      labels: { [label.installation]: installation, [label.attempt]: launch.attemptId },
      form: launch.ordinal - 1,
    })
    const largest = Math.max(
      0,
      ...nodes
        .filter((node) => node.state === 'ACTIVE')
        .filter((node) =>
          node.taints.every(
            (taint) => taint.effect === 'PreferNoSchedule' || tolerates(devices.tolerations, taint),
          ),
        )
        .map((node) => node.cores),
    )
    const launchHash = createHash('sha256')
      .update(
        canonicalJson({
          component: launch.component,
          inputs: launch.inputs,
          outputs: launch.outputs,
          storage: launch.storage,
          ordinal: launch.ordinal,
        }),
      )
      .digest('hex')
    const { MLFLOW_TRACKING_TOKEN: mlflow = '', ...environment } = launch.environment
    const { job, secret, claimTemplates } = attemptManifest(
      { ...launch, environment },
      devices,
      { courier: this.#deps.courierToken(launch.attemptId), mlflow },
      {
        installation,
        name,
        namespace,
        courierImage: this.#deps.courierImage,
        componentsImage: this.#deps.componentsImage,
        allowedImages: this.#deps.allowedImages,
        publicUrl: this.#deps.publicUrl(),
        launchHash,
        ...(largest === 0 ? {} : { maxCores: Math.max(0.05, largest - courierCores) }),
      },
    )
    const limit = launch.component.timeout?.seconds
    if (limit !== undefined) {
      const { annotations } = (job as { metadata: { annotations: Record<string, string> } })
        .metadata
      annotations[limitAnnotation] = String(limit)
    }
    await this.#ensureNamespace(namespace)
    const data = await this.#deps.dataFiles(launch)
    await records.savePlan(launch.attemptId, {
      stepId: launch.stepId,
      inputs: launch.inputs,
      data,
      params: launch.params,
      outputs: launch.outputs,
    })
    await this.#createOurs(`/api/v1/namespaces/${namespace}/secrets`, name, secret)
    for (const template of claimTemplates)
      await this.#createOurs(
        `/apis/resource.k8s.io/v1/namespaces/${namespace}/resourceclaimtemplates`,
        name,
        template,
      )
    const path = `/apis/batch/v1/namespaces/${namespace}/jobs`
    const made = await this.#createOurs(path, name, job)
    const found = made as JobObject
    const isOurs =
      found.metadata.labels?.[label.installation] === installation &&
      found.metadata.labels[label.attempt] === launch.attemptId &&
      found.metadata.annotations?.[annotation.hash] === launchHash
    if (!isOurs)
      throw new DomainError(
        'CONFLICT',
        `In the namespace ${namespace} another Job is named ${name}: it was not made for this step. Remove it, then start the run again.`,
      )
    this.#jobs.learn(found)
  }

  /**
   * POST, and whatever comes back, in the end the object under this name: a lost reply is looked up before it is
   * sent again, a conflict is what somebody (we, before a crash) made already.
   *
   * @throws ClusterError when the API server refuses it
   */
  async #createOurs(path: string, name: string, object: object): Promise<unknown> {
    const { api } = this.#deps
    for (let attempt = 1; ; attempt += 1) {
      let reply: Reply | null = null
      try {
        reply = await api.call('POST', path, { body: object })
      } catch (error) {
        if (attempt >= 8) throw error
      }
      if (reply !== null && reply.status >= 200 && reply.status < 300) return reply.body
      const unsure = reply === null || reply.status === 429 || reply.status >= 500
      if (reply !== null && reply.status !== 409 && !unsure) throw refusal(path, reply)
      // Without a resource version: the newest there is, not a cache.
      const found = await api.call('GET', `${path}/${name}`).catch(() => null)
      if (found !== null && found.status === 200) return found.body
      if (reply?.status === 409 && found?.status === 404 && attempt >= 8) throw refusal(path, reply)
      if (attempt >= 8 && reply !== null) throw refusal(path, reply)
      await sleep(Math.min(5_000, 100 * 2 ** attempt) * (0.5 + Math.random() / 2))
    }
  }

  async #ensureNamespace(namespace: string): Promise<void> {
    const known = this.#namespaces.get(namespace)
    if (known !== undefined) return known
    const making = this.#makeNamespace(namespace)
    this.#namespaces.set(namespace, making)
    making.catch(() => this.#namespaces.delete(namespace))
    return making
  }

  async #makeNamespace(namespace: string): Promise<void> {
    const ports = [portOf(this.#deps.publicUrl()), ...this.#deps.ports]
    const objects = namespaceManifest({
      namespace,
      installation: this.#deps.installation,
      ports: [...new Set(ports)],
    })
    for (const { path, object } of objects) {
      const { name } = (object as { metadata: { name: string } }).metadata
      await this.#createOurs(path, name, object)
    }
  }

  async observe(attemptId: string): Promise<Observation> {
    await this.#ready()
    const job = this.#jobOf.get(attemptId) ?? (await this.#lookUp(attemptId))
    if (job === null) return { state: 'absent' }
    const pods = [...(this.#podsOf.get(attemptId)?.values() ?? [])]
    const now = this.#deps.now()
    const seen = observeJob(job, pods, now)
    const asked = job.metadata.annotations?.[annotation.stop]
    if (seen.state === 'running') {
      this.#follow(attemptId)
      const limit = Number(job.metadata.annotations?.[limitAnnotation] ?? Number.NaN)
      if (asked === undefined && (runningSeconds(pods, now) ?? 0) > limit)
        await this.#end(job, 'time_limit')
      // Nothing of it is there that could still end.
      if (asked !== undefined && pods.length === 0)
        return {
          state: 'ended',
          exit: {
            exitCode: null,
            signal: null,
            reason: asked === 'time_limit' ? 'time_limit' : 'stopped',
            detail: '',
            diskFull: false,
            startedAt: new Date(job.metadata.creationTimestamp ?? now),
            endedAt: now,
          },
        }
      return seen
    }
    if (seen.state === 'ended' && !(await this.#logIsWhole(attemptId))) return { state: 'running' }
    return seen
  }

  /** Asks the server itself: what a watch has not shown may be there all the same. */
  async #lookUp(attemptId: string): Promise<JobObject | null> {
    const { body } = await this.#deps.api
      .call('GET', '/apis/batch/v1/jobs', {
        query: {
          labelSelector: `${label.installation}=${this.#deps.installation},${label.attempt}=${attemptId}`,
        },
      })
      .then((reply) => ({ body: expectOk('GET jobs', reply) as { items: JobObject[] } }))
    const [job] = body.items
    if (job === undefined) return null
    this.#jobs.learn(job)
    return job
  }

  async stop(attemptId: string): Promise<void> {
    const job = this.#jobOf.get(attemptId)
    if (job !== undefined) await this.#end(job, 'stopped')
  }

  /** Writes down why, then takes the pods away: the Job ends as failed, and everybody can tell of what. */
  async #end(job: JobObject, why: 'stopped' | 'time_limit'): Promise<void> {
    const { api } = this.#deps
    const { namespace = '', name } = job.metadata
    if (job.metadata.annotations?.[annotation.stop] === undefined) {
      const reply = await api.call('PATCH', `/apis/batch/v1/namespaces/${namespace}/jobs/${name}`, {
        contentType: patch,
        body: { metadata: { annotations: { [annotation.stop]: why } } },
      })
      if (reply.status === 404) return
      this.#jobs.learn(expectOk('end a Job', reply) as JobObject)
    }
    const attempt = job.metadata.labels?.[label.attempt] ?? ''
    for (const pod of this.#podsOf.get(attempt)?.values() ?? []) {
      if (pod.metadata.deletionTimestamp !== undefined) continue
      const reply = await api.call(
        'DELETE',
        `/api/v1/namespaces/${pod.metadata.namespace ?? ''}/pods/${pod.metadata.name}`,
        {
          body: { gracePeriodSeconds: stopGraceSeconds, preconditions: { uid: pod.metadata.uid } },
        },
      )
      if (reply.status !== 404 && reply.status !== 409) expectOk('end a pod', reply)
    }
  }

  // --- logs -----------------------------------------------------------------------------------

  #logFolder(attemptId: string): string {
    return join(this.#deps.dataRoot, 'attempts', attemptId, 'log')
  }

  /** Begins to follow the attempt's log once its container has begun. */
  #follow(attemptId: string): void {
    if (this.#watching === null || this.#released.has(attemptId)) return
    const pods = this.#podsOf.get(attemptId)
    if (pods === undefined) return
    const pod = [...pods.values()].at(-1)!
    const main = pod.status?.containerStatuses?.find(({ name }) => name === mainContainer)
    const begun = main?.state?.running !== undefined || main?.state?.terminated !== undefined
    if (!begun) return
    const known = this.#following.get(attemptId)
    if (known?.pod === pod.metadata.name) return
    known?.stop.abort()
    const following: Following = {
      pod: pod.metadata.name,
      log: known?.log ?? new AttemptLog(this.#logFolder(attemptId)),
      stop: new AbortController(),
      done: false,
      endedAt: null,
    }
    this.#following.set(attemptId, following)
    const signal = AbortSignal.any([this.#watching.signal, following.stop.signal])
    const namespace = pod.metadata.namespace ?? ''
    followLog(
      {
        api: this.#deps.api,
        namespace,
        pod: pod.metadata.name,
        log: following.log,
        ended: () => {
          const now = this.#pods.get(namespace, pod.metadata.name)
          const status = now?.status?.containerStatuses?.find(({ name }) => name === mainContainer)
          return now === undefined || status?.state?.terminated !== undefined
        },
        heard: () => this.#tell(attemptId),
      },
      signal,
    )
      .catch((error: unknown) => {
        if (!signal.aborted)
          this.#deps.log('The log of a step could not be read to its end.', {
            attempt: attemptId,
            error: error instanceof Error ? error.message : String(error),
          })
      })
      .finally(() => {
        following.done = true
        this.#tell(attemptId)
      })
  }

  /** Whether the follower has come to the end, or was given long enough. */
  async #logIsWhole(attemptId: string): Promise<boolean> {
    this.#follow(attemptId)
    const following = this.#following.get(attemptId)
    if (following === undefined || following.done) return true
    following.endedAt ??= performance.now()
    const left = logPatienceMs - (performance.now() - following.endedAt)
    if (left > 0) setTimeout(() => this.#tell(attemptId), Math.min(left, 1_000)).unref()
    return Promise.resolve(left <= 0)
  }

  async logs(
    attemptId: string,
    from: number,
    max: number,
  ): Promise<{ bytes: Uint8Array; size: number }> {
    try {
      await using file = await open(join(this.#logFolder(attemptId), 'output.log'), 'r')
      const { size } = await file.stat()
      const length = Math.max(0, Math.min(max, size - from))
      if (length === 0) return { bytes: new Uint8Array(0), size }
      const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, from)
      return { bytes: buffer.subarray(0, bytesRead), size }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT')
        return { bytes: new Uint8Array(0), size: 0 }
      throw error
    }
  }

  // --- the end --------------------------------------------------------------------------------

  async collect(attemptId: string, outputs: readonly string[]): Promise<CollectedOutput[]> {
    const delivered = await this.#deps.records.outputsOf(attemptId)
    return outputs.map((name) => {
      const files = delivered.find((output) => output.name === name)?.files ?? []
      return { name, files: files.length === 0 ? null : files }
    })
  }

  async release(attemptId: string): Promise<void> {
    await this.#ready()
    const job = this.#jobOf.get(attemptId)
    if (this.#released.size > 10_000) this.#released.clear()
    this.#released.add(attemptId)
    this.#following.get(attemptId)?.stop.abort()
    this.#following.delete(attemptId)
    if (job === undefined) return
    const { api, records } = this.#deps
    const { namespace = '', name, uid } = job.metadata
    const path = `/apis/batch/v1/namespaces/${namespace}/jobs/${name}`
    await this.#dropFinalizer(path)
    const gone = await api.call('DELETE', path, {
      query: { propagationPolicy: 'Background' },
      body: { preconditions: { uid } },
    })
    if (gone.status !== 404 && gone.status !== 409) expectOk('remove a Job', gone)
    for (const other of [
      `/api/v1/namespaces/${namespace}/secrets/${name}`,
      `/apis/resource.k8s.io/v1/namespaces/${namespace}/resourceclaimtemplates/${name}`,
    ]) {
      const reply = await api.call('DELETE', other)
      if (reply.status !== 404) expectOk('remove what belonged to a Job', reply)
    }
    await records.forgetAttempt(attemptId)
    await rm(join(this.#logFolder(attemptId), 'raw.log'), { force: true })
  }

  async #dropFinalizer(path: string): Promise<void> {
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      const reply = await this.#deps.api.call('GET', path)
      if (reply.status === 404) return
      const job = expectOk('GET a Job', reply) as JobObject
      const index = job.metadata.finalizers?.indexOf(finalizer) ?? -1
      if (index < 0) return
      const done = await this.#deps.api.call('PATCH', path, {
        contentType: 'application/json-patch+json',
        body: [
          { op: 'test', path: `/metadata/finalizers/${index}`, value: finalizer },
          { op: 'remove', path: `/metadata/finalizers/${index}` },
        ],
      })
      // Somebody else's finalizer came or went in between.
      if (done.status !== 422 && done.status !== 409) return void expectOk('free a Job', done)
    }
  }

  forget(stepId: string): Promise<void> {
    return this.#deps.records.forgetCheckpoint(stepId)
  }

  recover(): Promise<void> {
    return this.#ready()
  }

  // --- watching -------------------------------------------------------------------------------

  watch(changed: (attemptId: string) => void): () => void {
    this.#hearers.add(changed)
    this.#begin()
    return () => {
      this.#hearers.delete(changed)
      if (this.#hearers.size > 0) return
      this.#watching?.abort()
      this.#watching = null
    }
  }

  #begin(): void {
    if (this.#watching !== null) return
    this.#watching = new AbortController()
    const { signal } = this.#watching
    void this.#jobs.run(signal)
    void this.#pods.run(signal)
  }

  /** Until both lists were read once: before that, nothing can be said to be absent. */
  async #ready(): Promise<void> {
    this.#begin()
    if (this.#jobs.synced && this.#pods.synced) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_done, fail) => {
      timer = setTimeout(
        () =>
          fail(
            new DomainError(
              'UNAVAILABLE',
              `The cluster at ${this.#deps.api.server} does not answer: runs go on when it does.`,
            ),
          ),
        20_000,
      )
    })
    try {
      await Promise.race([Promise.all([this.#jobs.untilSynced(), this.#pods.untilSynced()]), late])
    } finally {
      clearTimeout(timer)
    }
  }

  #tell(attemptId: string): void {
    for (const hear of this.#hearers) hear(attemptId)
  }
}

function portOf(url: string): number {
  const { port, protocol } = new URL(url)
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)
}

function refusal(path: string, reply: Reply): Error {
  const error = new ClusterError(`POST ${path}`, reply)
  if (reply.status === 403 && /exceeded quota/.test(error.message))
    return new DomainError(
      'UNAVAILABLE',
      `The cluster's quota does not allow it now: ${error.message}`,
    )
  if (reply.status === 401 || reply.status === 403)
    return new DomainError(
      'UNAVAILABLE',
      `The cluster does not allow the platform to do this: ${error.message}. Compare its rights with deploy/rbac.`,
    )
  return error
}
