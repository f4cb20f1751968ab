import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { canonicalJson } from '#schema/domain/canonical-json.ts'
import { DomainError } from '#schema/domain/errors.ts'
import type { Component } from '#schema/domain/spec.ts'
import {
  NotNow,
  type ArtifactFile,
  type Capacity,
  type CollectedOutput,
  type DevicePreview,
  type Executor,
  type Launch,
  type Observation,
} from '../executor.ts'
import { readLog } from '../read-log.ts'
import type { CourierPlan } from '../courier-store.ts'
import { ClusterError, expectOk, type CallOptions, type ClusterApi, type Reply } from './api.ts'
import { AttemptLog } from './attempt-log.ts'
import { ClusterMirror, withoutManagers } from './cluster-mirror.ts'
import { openPods, readCluster, type KubernetesApi } from './devices-discover.ts'
import {
  memoryBytesOf,
  productOf,
  readInventory,
  type ClusterInventory,
  tolerates,
  type RawContainer,
  type RawPod,
} from './devices-inventory.ts'
import { preflight, type Preflight } from './devices-preflight.ts'
import { compileDevices, readWish, type Toleration } from './devices.ts'
import {
  annotation,
  attemptManifest,
  courierCores,
  finalizer,
  imageOf,
  label,
  namespaceManifest,
  reachManifest,
  refusedImage,
  type Runner,
} from './job-manifest.ts'
import { mainContainer } from './job-manifest.ts'
import {
  askedExit,
  isOver,
  observeJob,
  runningSeconds,
  waitingFor,
  type JobObject,
  type PodObject,
} from './job-status.ts'
import { followLog } from './log-follower.ts'
import { jobName, namespaceOf } from './names.ts'
import { Reflector, type ReflectorMetrics } from './watch.ts'

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
  /** The digest that an image's name stands for now; null where nobody can tell. */
  imageDigest?(image: string): Promise<string | null>
  /** Secrets of the pods' namespaces by which images are pulled. */
  readonly pullSecrets?: readonly string[]
  readonly allowedClaims?: readonly string[]
  readonly scratch?: string
  /** Of the cluster's nodes for steps. */
  readonly tolerations?: readonly Toleration[]
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
  /** The ClusterRole that a service account is given in a project's namespace (deploy/rbac). */
  readonly projectRole?: string
  /** The first pause before a request is sent again, and before the watch is; they double. */
  readonly retryBaseMs?: number
  /** A watch on which nothing came for so long is dead. */
  readonly watchIdleMs?: number
}

const sends = 5
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** What the cluster has is read anew once what is known is so old; who asks meanwhile is answered from that, up to twice this. */
const inventoryMs = 15_000
/** What the cluster had this long ago still answers for it while it does not. */
const staleInventoryMs = 60_000
/** Ended attempts whose objects are removed at the same time. */
const clearing = 8
/**
 * What has still to be made goes first: what is over is cleared away when nothing was made for so long, ...
 * (it is 3 of the 5 writes that an attempt costs, and the API server's time is what limits a burst)
 */
const quietMs = 300
/** ... has waited for so long, or when so many of them wait: they count against the namespace's quota. */
const clearPatienceMs = 10_000
const clearBacklog = 100
const reads = 3
/** Seconds that a pod is given to tell whether it reaches the platform. */
const reachLooks = 90
const stopGraceSeconds = 30
const patch = 'application/merge-patch+json'
const limitAnnotation = 'autodidact.dev/time-limit-seconds'
/** How long an attempt that ended by itself waits for the rest of its log, which is there: so long may the server be away. */
const logPatienceMs = 120_000
/** And one that was taken away: its log may be gone with its node. */
const goneLogPatienceMs = 15_000
/** A pod that has not ended so long after it had to is on a node that nobody hears of. */
const deadPodMs = 60_000

interface Following {
  readonly pod: string
  readonly log: AttemptLog
  readonly stop: AbortController
  /** Settles when nothing more is written. */
  finished: Promise<void>
  done: boolean
  endedAt: number | null
}

/** Steps as Jobs, exactly one for each attempt (design 05): create or adopt, observe, end, and clear away. */
export class KubernetesExecutor implements Executor {
  readonly name = 'kubernetes'
  readonly usesEnvironment = false
  readonly pinsImages = true
  readonly #deps: KubernetesExecutorDeps
  readonly #jobs: Reflector<JobObject>
  readonly #pods: Reflector<PodObject>
  readonly #mirror: ClusterMirror
  /** Jobs by attempt, as the watch last showed them. */
  readonly #jobOf = new Map<string, JobObject>()
  readonly #podsOf = new Map<string, Map<string, PodObject>>()
  /** Pods that are gone, as they were last seen: a Job may say how it ended only after its pod went. */
  readonly #goneOf = new Map<string, PodObject>()
  readonly #hearers = new Set<(attemptId: string) => void>()
  readonly #following = new Map<string, Following>()
  /** Who waits for something of an attempt's pods to change. */
  readonly #podWaits = new Map<string, Set<() => void>>()
  readonly #namespaces = new Map<string, Promise<void>>()
  /** Attempts that this process made or adopted, until they are cleared away. */
  readonly #started = new Set<string>()
  /** Attempts whose log is not followed any more. */
  readonly #released = new Set<string>()
  /** Ended attempts whose objects could not be removed yet. */
  readonly #leftOver = new Map<string, number>()
  #watching: AbortController | null = null
  /** Nobody listens any more: what is still cleared away watches nothing anew. */
  #over = false
  #reading: Promise<ClusterInventory> | null = null
  #capacity: { of: ClusterInventory; value: Capacity } | null = null
  #inventory: { at: number; value: ClusterInventory } | null = null
  /** What was foretold of this state of the cluster, by what was asked. */
  readonly #foretold = new WeakMap<ClusterInventory, Map<string, Preflight | null>>()
  #clears = 0
  readonly #clearQueue: { readonly at: number; readonly go: () => void }[] = []
  #clearTimer: ReturnType<typeof setTimeout> | null = null
  /** Attempts that are being made, and when the last one was. */
  #making = 0
  #madeAt = -Infinity

  constructor(deps: KubernetesExecutorDeps) {
    this.#deps = deps
    const labelSelector = `${label.installation}=${deps.installation}`
    const reflecting = {
      ...(deps.retryBaseMs === undefined ? {} : { firstBackoffMs: deps.retryBaseMs }),
      ...(deps.watchIdleMs === undefined ? {} : { idleMs: deps.watchIdleMs }),
    }
    const attemptOf = (object: JobObject | PodObject) =>
      object.metadata.labels?.[label.attempt] ?? ''
    const isOurs = ({ metadata }: PodObject) =>
      metadata.labels?.[label.installation] === deps.installation
    this.#jobs = new Reflector<JobObject>({
      api: deps.api,
      path: '/apis/batch/v1/jobs',
      trim: trimJob,
      labelSelector,
      ...reflecting,
      log: (message, facts) => deps.log(message, facts),
      onChange: (change, job) => {
        const attempt = attemptOf(job)
        if (!uuid.test(attempt)) return
        const known = this.#jobOf.get(attempt)
        if (change !== 'deleted') this.#jobOf.set(attempt, job)
        else if (known?.metadata.uid === job.metadata.uid) this.#jobOf.delete(attempt)
        this.#tell(attempt)
      },
    })
    this.#mirror = new ClusterMirror({
      api: deps.api,
      direct: { get: (path) => this.#optional(path), list: (path) => this.#list(path) },
      ...reflecting,
      log: (message, facts) => deps.log(message, facts),
    })
    this.#pods = new Reflector<PodObject>({
      api: deps.api,
      path: '/api/v1/pods',
      trim: (pod) => trimPod(pod, isOurs(pod)),
      // Those of others hold parts of the nodes, too; a watch of its own for ours would tell of them twice.
      labelSelector: '',
      ...reflecting,
      log: (message, facts) => deps.log(message, facts),
      onChange: (change, pod) => {
        if (!isOurs(pod)) return
        const attempt = attemptOf(pod)
        // Somebody else's label, or none: no attempt of ours.
        if (!uuid.test(attempt)) return
        const pods = this.#podsOf.get(attempt) ?? new Map<string, PodObject>()
        if (change === 'deleted') {
          pods.delete(pod.metadata.uid ?? '')
          if (this.#goneOf.size > 10_000) this.#goneOf.clear()
          if (!this.#released.has(attempt)) this.#goneOf.set(attempt, pod)
        } else pods.set(pod.metadata.uid ?? '', pod)
        if (pods.size === 0) this.#podsOf.delete(attempt)
        else this.#podsOf.set(attempt, pods)
        for (const wake of this.#podWaits.get(attempt) ?? []) wake()
        this.#follow(attempt)
        this.#tell(attempt)
      },
    })
  }

  // --- what the cluster has -------------------------------------------------------------------

  /**
   * At most 30 seconds old; a minute while the cluster does not answer. Reading it takes a second on a large cluster:
   * nobody waits for that while what is known will do.
   *
   * @throws NotNow when it does not, for longer
   */
  async inventory(): Promise<ClusterInventory> {
    const last = this.#inventory
    const age = last === null ? Infinity : performance.now() - last.at
    if (last !== null && age <= inventoryMs) return last.value
    this.#reading ??= this.#readInventory().finally(() => (this.#reading = null))
    if (last === null || age > staleInventoryMs) return this.#reading
    if (age > 2 * inventoryMs)
      return this.#reading.catch((error: unknown) => {
        if (error instanceof NotNow) return last.value
        throw error
      })
    this.#reading.catch(() => undefined)
    return last.value
  }

  /** What the cluster has, for whoever shows it: from copies that watches keep up, as long as steps are watched. */
  readonly reader: KubernetesApi = {
    get: (path) => this.#mirror.reader.get(path),
    list: (path) =>
      path === openPods && this.#watching !== null && this.#pods.current
        ? Promise.resolve([...this.#pods.values()].filter(isAlive))
        : this.#mirror.reader.list(path),
  }

  async #readInventory(): Promise<ClusterInventory> {
    const at = performance.now()
    const value = readInventory(await readCluster(this.reader))
    this.#inventory = { at, value }
    return value
  }

  /** A GET, sent again when nothing came back that says anything. */
  async #read(path: string, options?: CallOptions): Promise<Reply> {
    for (let sent = 1; ; sent += 1) {
      try {
        return await this.#call('GET', path, options)
      } catch (error) {
        if (!(error instanceof NotNow) || sent >= reads) throw error
        await sleep((this.#deps.retryBaseMs ?? 100) * 2 ** sent * (0.5 + Math.random() / 2))
      }
    }
  }

  /** @throws NotNow when no answer came that says anything */
  async #call(method: string, path: string, options?: CallOptions): Promise<Reply> {
    const { api } = this.#deps
    let reply: Reply
    try {
      reply = await api.call(method, path, options)
    } catch (error) {
      throw new NotNow(
        `waiting for the cluster, which does not answer (${error instanceof Error ? error.message : 'unknown'})`,
      )
    }
    if (reply.status === 429 || reply.status >= 500)
      throw new NotNow(`waiting for the cluster: ${new ClusterError(method, reply).message}`)
    return reply
  }

  async #optional(path: string): Promise<unknown> {
    const reply = await this.#read(path)
    return reply.status === 404 ? null : expectOk(`GET ${path}`, reply)
  }

  async #list(path: string): Promise<unknown[] | null> {
    const items: unknown[] = []
    let more: string | undefined
    do {
      const reply: Reply = await this.#read(path, { query: { limit: 500, continue: more } })
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
    const inventory = await this.inventory()
    if (this.#capacity?.of !== inventory)
      this.#capacity = { of: inventory, value: capacityOf(inventory) }
    return this.#capacity.value
  }

  /**
   * Whether pods reach the platform at its public address, tried from a pod: what every step needs, known before the first.
   *
   * @returns null when they do; else a sentence with cause and mend
   * @throws NotNow when the cluster does not answer
   */
  async reach(): Promise<string | null> {
    const { installation, namespacePrefix, courierImage } = this.#deps
    const publicUrl = this.#deps.publicUrl()
    const namespace = `${namespacePrefix}-preflight`
    const name = `reach-${this.#deps.now().getTime().toString(36)}`
    await this.#ensureNamespace(namespace)
    const path = `/apis/batch/v1/namespaces/${namespace}/jobs`
    const tolerations = this.#deps.tolerations
    const job = reachManifest({
      ...{ name, namespace, installation, courierImage, publicUrl },
      ...(tolerations === undefined ? {} : { tolerations }),
    })
    await this.#createOurs(path, name, job)
    try {
      for (let look = 0; ; look += 1) {
        await sleep(1_000)
        const seen = expectOk('GET a Job', await this.#read(`${path}/${name}`)) as JobObject
        if (!isOver(seen) && look < reachLooks) continue
        if ((seen.status as { succeeded?: number } | undefined)?.succeeded === 1) return null
        const pods = await this.#read(`/api/v1/namespaces/${namespace}/pods`, {
          query: { labelSelector: `job-name=${name}` },
        })
        const [pod] = (expectOk('GET pods', pods) as { items: PodObject[] }).items
        const ended = pod?.status?.containerStatuses?.[0]?.state?.terminated
        const cause = ended?.message?.trim() || waitingFor(pod ?? null)
        return ended === undefined
          ? `Whether pods of the cluster reach the platform at ${publicUrl} could not be tried (${cause}).`
          : `Pods of the cluster do not reach the platform at ${publicUrl} (${cause}). Set AUTODIDACT_PUBLIC_URL to an address that they reach, and let the platform listen there (HOST).`
      }
    } finally {
      await this.#call('DELETE', `${path}/${name}`, {
        query: { propagationPolicy: 'Background' },
      }).catch(() => undefined)
    }
  }

  refuses(component: Component): string | null {
    return refusedImage(component, this.#deps.allowedImages)
  }

  async preview(
    component: Component,
    nodes: Readonly<Record<string, string>>,
  ): Promise<DevicePreview | null> {
    // Without a wish for a device there is nothing to look for.
    if (readWish(component.resources) === null) return null
    const inventory = await this.inventory()
    const before = this.#foretold.get(inventory) ?? new Map<string, Preflight | null>()
    this.#foretold.set(inventory, before)
    const asked = canonicalJson({ resources: component.resources, nodes })
    let seen = before.get(asked)
    if (seen === undefined) {
      seen = preflight(component.resources, inventory, { nodeSelector: nodes })
      before.set(asked, seen)
    }
    if (seen === null) return null
    const { verdict, sentence, matching, free } = seen
    const devices = seen.devices
      .slice(0, 50)
      .map(({ node, name, type, memoryMib, matches, why }) => ({
        node,
        name,
        type,
        memoryMib,
        matches,
        why,
      }))
    return { component: component.name, verdict, sentence, matching, free, devices }
  }

  /** What the registry says of the image; `unresolved:<name>` where it does not say, and the tag is all there is. */
  async digest(component: Component): Promise<string> {
    const image = imageOf(component, this.#deps)
    return (await this.#deps.imageDigest?.(image)) ?? `unresolved:${image}`
  }

  // --- attempts -------------------------------------------------------------------------------

  async start(launch: Launch): Promise<void> {
    this.#making += 1
    try {
      await this.#start(launch)
    } catch (error) {
      // Among the reasons may be a namespace that somebody removed: it is looked at anew.
      this.#namespaces.clear()
      throw error
    } finally {
      this.#making -= 1
      this.#madeAt = performance.now()
    }
  }

  async #start(launch: Launch): Promise<void> {
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
        pullSecrets: this.#deps.pullSecrets ?? [],
        publicUrl: this.#deps.publicUrl(),
        launchHash,
        allowedClaims: this.#deps.allowedClaims,
        scratch: this.#deps.scratch,
        tolerations: this.#deps.tolerations,
        spotLabel: spotLabelOf(nodes),
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
    this.#started.add(launch.attemptId)
    const found = (await this.#createOurs(path, name, job)) as JobObject
    if (found.metadata.annotations?.[annotation.hash] !== launchHash)
      throw new DomainError(
        'CONFLICT',
        `In the namespace ${namespace} the Job ${name} was made for something else than this step asks for. Remove it, then start the run again.`,
      )
    this.#jobs.learn(found)
  }

  /**
   * POST, and whatever comes back, in the end the object under this name: a lost reply is looked up before it is
   * sent again, a conflict is what somebody (we, before a crash) made already.
   *
   * @throws ClusterError or DomainError when the API server refuses it, NotNow when nothing is known
   */
  async #createOurs(path: string, name: string, object: object): Promise<unknown> {
    const base = this.#deps.retryBaseMs ?? 100
    for (let sent = 1; ; sent += 1) {
      try {
        const reply = await this.#call('POST', path, { body: object })
        if (reply.status >= 200 && reply.status < 300) return reply.body
        if (reply.status !== 409) throw refusal(path, reply)
        // Without a resource version: the newest there is, not a cache.
        const found = await this.#call('GET', `${path}/${name}`)
        if (found.status === 200) return adopted(path, object, found.body as JobObject)
        if (found.status !== 404) throw refusal(path, found)
        if (sent >= sends) throw new NotNow(`waiting for ${name} to be gone from the cluster`)
      } catch (error) {
        if (!(error instanceof NotNow) || sent >= sends) throw error
        // The reply may have been lost, not the request: it is looked up before it is sent again.
        const found = await this.#call('GET', `${path}/${name}`).catch(() => null)
        if (found?.status === 200) return adopted(path, object, found.body as JobObject)
      }
      await sleep(Math.min(2_000, base * 2 ** sent) * (0.5 + Math.random() / 2))
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
      runner: await this.#runner(),
    })
    for (const { path, object } of objects) {
      const { kind, metadata } = object as { kind: string; metadata: { name: string } }
      await this.#createOurs(path, metadata.name, object)
      if (kind === 'RoleBinding') await this.#untilAllowed(namespace)
    }
  }

  /** A service account gives itself the role for steps in a new namespace; other users have their own rights. */
  async #runner(): Promise<Runner | null> {
    const reply = await this.#call('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    })
    const told = reply.body as { status?: { userInfo?: { username?: string } } } | null
    const [, namespace, serviceAccount] =
      /^system:serviceaccount:([^:]+):([^:]+)$/.exec(told?.status?.userInfo?.username ?? '') ?? []
    if (namespace === undefined || serviceAccount === undefined) return null
    return { namespace, serviceAccount, role: this.#deps.projectRole ?? 'autodidact-project' }
  }

  /** New rights count a moment after they were given. */
  async #untilAllowed(namespace: string): Promise<void> {
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'
    const resourceAttributes = { namespace, group: 'batch', resource: 'jobs', verb: 'create' }
    for (let asked = 1; asked <= 50; asked += 1) {
      const reply = await this.#call('POST', path, {
        body: {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectAccessReview',
          spec: { resourceAttributes },
        },
      })
      const told = reply.body as { status?: { allowed?: boolean } } | null
      if (told?.status?.allowed === true) return
      await sleep(100)
    }
    throw new NotNow(`waiting for the right to run steps in ${namespace}`)
  }

  async observe(attemptId: string): Promise<Observation> {
    await this.#ready()
    const job = this.#jobOf.get(attemptId) ?? (await this.#lookUp(attemptId))
    if (job === null) return { state: 'absent' }
    let pods = [...(this.#podsOf.get(attemptId)?.values() ?? [])]
    // The two watches are not in step: a Job that is over is told of by its pod, so the pod is asked for.
    if (isOver(job) && !pods.some((pod) => !isAlive(pod))) pods = await this.#lookUpPods(job, pods)
    const now = this.#deps.now()
    const gone = this.#goneOf.get(attemptId)
    const told = isOver(job) && pods.length === 0 && gone !== undefined ? [gone] : pods
    const seen = observeJob(job, told, now)
    const alive = pods.filter(isAlive)
    const asked = job.metadata.annotations?.[annotation.stop]
    if (seen.state === 'running') {
      this.#follow(attemptId)
      const limit = Number(job.metadata.annotations?.[limitAnnotation] ?? Number.NaN)
      if (asked === undefined && (runningSeconds(pods, now) ?? 0) > limit)
        await this.#end(job, 'time_limit')
      // Nothing of it is there that could still end.
      if (asked !== undefined && pods.every((pod) => isDead(pod, now)))
        return { state: 'ended', exit: { ...askedExit(job, null, asked), endedAt: now } }
      return seen
    }
    if (seen.state !== 'ended') return seen
    // Judged to be over (its Job deleted by somebody, an image that does not come) while it could still go on.
    if (!alive.every((pod) => isDead(pod, now))) {
      if (seen.exit.reason === 'not_started' && asked === undefined && !isOver(job))
        await this.#end(job, seen.exit.cause ?? 'not_started', seen.exit.detail)
      else await this.#endPods(alive)
      return { state: 'running', waitingFor: 'ending what is left of it' }
    }
    const patienceMs = seen.exit.reason === 'exited' ? logPatienceMs : goneLogPatienceMs
    return this.#logIsWhole(attemptId, patienceMs) ? seen : { state: 'running' }
  }

  /** Asks the server itself: what a watch has not shown may be there all the same. */
  async #lookUp(attemptId: string): Promise<JobObject | null> {
    const reply = await this.#call('GET', '/apis/batch/v1/jobs', {
      query: {
        labelSelector: `${label.installation}=${this.#deps.installation},${label.attempt}=${attemptId}`,
      },
    })
    const [job] = (expectOk('GET jobs', reply) as { items: JobObject[] }).items
    if (job === undefined) return null
    this.#jobs.learn(job)
    return job
  }

  async #lookUpPods(job: JobObject, known: readonly PodObject[]): Promise<PodObject[]> {
    const { namespace = '', labels = {} } = job.metadata
    const path = `/api/v1/namespaces/${namespace}/pods`
    // The one that is known is asked for by its name: a selector makes the server look at all pods of the namespace.
    const [only] = known
    if (only !== undefined && known.length === 1) {
      const reply = await this.#call('GET', `${path}/${only.metadata.name}`)
      if (reply.status !== 404) {
        const pod = expectOk('GET a pod', reply) as PodObject
        this.#pods.learn(pod)
        return [pod]
      }
    }
    const reply = await this.#call('GET', path, {
      query: { labelSelector: `${label.attempt}=${labels[label.attempt] ?? ''}` },
    })
    const { items } = expectOk('GET pods', reply) as { items: PodObject[] }
    for (const pod of items) this.#pods.learn(pod)
    return items
  }

  async stop(attemptId: string): Promise<void> {
    await this.#ready()
    const job = this.#jobOf.get(attemptId) ?? (await this.#lookUp(attemptId))
    if (job !== null) await this.#end(job, 'stopped')
  }

  /** Writes down why, then takes the pods away: the Job ends as failed, and everybody can tell of what. */
  async #end(job: JobObject, why: string, detail?: string): Promise<void> {
    const { namespace = '', name } = job.metadata
    if (job.metadata.annotations?.[annotation.stop] === undefined) {
      const reply = await this.#call(
        'PATCH',
        `/apis/batch/v1/namespaces/${namespace}/jobs/${name}`,
        {
          contentType: patch,
          body: {
            metadata: {
              annotations: {
                [annotation.stop]: why,
                ...(detail === undefined
                  ? {}
                  : { [annotation.stopDetail]: detail.slice(0, 1_000) }),
              },
            },
          },
        },
      )
      if (reply.status === 404) return
      this.#jobs.learn(expectOk('end a Job', reply) as JobObject)
    }
    const attempt = job.metadata.labels?.[label.attempt] ?? ''
    await this.#endPods([...(this.#podsOf.get(attempt)?.values() ?? [])].filter(isAlive))
  }

  /** Ends pods within our grace, not the hour that a courier may take after a good end. */
  async #endPods(pods: readonly PodObject[]): Promise<void> {
    const soon = this.#deps.now().getTime() + (stopGraceSeconds + 5) * 1000
    for (const pod of pods) {
      const until = pod.metadata.deletionTimestamp
      if (until !== undefined && new Date(until).getTime() <= soon) continue
      const reply = await this.#call(
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
      finished: Promise.resolve(),
      done: false,
      endedAt: null,
    }
    this.#following.set(attemptId, following)
    const signal = AbortSignal.any([this.#watching.signal, following.stop.signal])
    const namespace = pod.metadata.namespace ?? ''
    following.finished = followLog(
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
        changed: (ms, stopped) => this.#podChanged(attemptId, ms, stopped),
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

  /** Until something of the attempt's pods has changed, but no longer than this. */
  async #podChanged(attemptId: string, ms: number, signal: AbortSignal): Promise<void> {
    const waits = this.#podWaits.get(attemptId) ?? new Set()
    this.#podWaits.set(attemptId, waits)
    await new Promise<void>((done) => {
      const wake = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', wake)
        waits.delete(wake)
        if (waits.size === 0) this.#podWaits.delete(attemptId)
        done()
      }
      const timer = setTimeout(wake, ms)
      signal.addEventListener('abort', wake, { once: true })
      waits.add(wake)
      if (signal.aborted) wake()
    })
  }

  /** Whether the follower has come to the end, or was given long enough. */
  #logIsWhole(attemptId: string, patienceMs: number): boolean {
    this.#follow(attemptId)
    const following = this.#following.get(attemptId)
    if (following === undefined || following.done) return true
    following.endedAt ??= performance.now()
    const left = patienceMs - (performance.now() - following.endedAt)
    if (left > 0) setTimeout(() => this.#tell(attemptId), Math.min(left, 1_000)).unref()
    return left <= 0
  }

  logs(attemptId: string, from: number, max: number): ReturnType<typeof readLog> {
    return readLog(join(this.#logFolder(attemptId), 'output.log'), from, max)
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
    if (this.#released.size > 10_000) this.#released.clear()
    this.#released.add(attemptId)
    const following = this.#following.get(attemptId)
    following?.stop.abort()
    this.#following.delete(attemptId)
    this.#goneOf.delete(attemptId)
    try {
      await following?.finished
      await this.#inTurn(() => this.#clear(attemptId))
      this.#started.delete(attemptId)
      this.#leftOver.delete(attemptId)
    } catch (error) {
      // It has ended and its outcome is kept: clearing away is not worth an error, but it is worth another try.
      const times = (this.#leftOver.get(attemptId) ?? 0) + 1
      this.#leftOver.set(attemptId, times)
      if (times === 5)
        this.#deps.log(
          'What an ended step left in the cluster cannot be removed; it is tried on.',
          {
            attempt: attemptId,
            error: error instanceof Error ? error.message : String(error),
          },
        )
      const wait = Math.min(60_000, (this.#deps.retryBaseMs ?? 1_000) * 2 ** Math.min(times, 10))
      setTimeout(() => void this.release(attemptId), wait).unref()
    }
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    await new Promise<void>((go) => {
      this.#clearQueue.push({ at: performance.now(), go })
      this.#clearNext()
    })
    try {
      await work()
    } finally {
      this.#clears -= 1
      this.#clearNext()
    }
  }

  #clearNext(): void {
    const now = performance.now()
    while (this.#clears < clearing) {
      const [next] = this.#clearQueue
      if (next === undefined) return
      const quiet = this.#making === 0 && now - this.#madeAt >= quietMs
      const late = now - next.at >= clearPatienceMs || this.#clearQueue.length > clearBacklog
      // Who stops does not wait for a better moment.
      if (!quiet && !late && this.#watching !== null) break
      this.#clearQueue.shift()
      this.#clears += 1
      next.go()
    }
    if (this.#clearQueue.length > 0 && this.#clears < clearing)
      this.#clearTimer ??= setTimeout(() => {
        this.#clearTimer = null
        this.#clearNext()
      }, quietMs)
  }

  async #clear(attemptId: string): Promise<void> {
    await this.#ready()
    // One that this process had to do with may be there all the same, when a watch is behind.
    const job =
      this.#jobOf.get(attemptId) ??
      (this.#started.has(attemptId) ? await this.#lookUp(attemptId) : null)
    if (job === null) return
    const { records } = this.#deps
    const { namespace = '', name, uid } = job.metadata
    const claims = (job.spec?.template?.spec?.resourceClaims ?? []).length > 0
    // The Job goes last: as long as it is there, so may be the rest.
    for (const other of [
      `/api/v1/namespaces/${namespace}/secrets/${name}`,
      ...(claims
        ? [`/apis/resource.k8s.io/v1/namespaces/${namespace}/resourceclaimtemplates/${name}`]
        : []),
    ]) {
      const reply = await this.#call('DELETE', other)
      if (reply.status !== 404) expectOk('remove what belonged to a Job', reply)
    }
    const path = `/apis/batch/v1/namespaces/${namespace}/jobs/${name}`
    await this.#dropFinalizer(path, job)
    const gone = await this.#call('DELETE', path, {
      query: { propagationPolicy: 'Background' },
      body: { preconditions: { uid } },
    })
    if (gone.status !== 404 && gone.status !== 409) expectOk('remove a Job', gone)
    await records.forgetAttempt(attemptId)
    await rm(join(this.#logFolder(attemptId), 'raw.log'), { force: true })
  }

  /** @param known as it was last seen: mostly still right, and what the patch tests */
  async #dropFinalizer(path: string, known: JobObject): Promise<void> {
    let job = known
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      const index = job.metadata.finalizers?.indexOf(finalizer) ?? -1
      if (index >= 0) {
        const done = await this.#call('PATCH', path, {
          contentType: 'application/json-patch+json',
          body: [
            { op: 'test', path: '/metadata/uid', value: job.metadata.uid },
            { op: 'test', path: `/metadata/finalizers/${index}`, value: finalizer },
            { op: 'remove', path: `/metadata/finalizers/${index}` },
          ],
        })
        // Somebody else's finalizer came or went in between, or the Job is another one by now.
        if (done.status !== 422 && done.status !== 409) {
          if (done.status !== 404) expectOk('free a Job', done)
          return
        }
      }
      const reply = await this.#call('GET', path)
      if (reply.status === 404) return
      job = expectOk('GET a Job', reply) as JobObject
      if (job.metadata.uid !== known.metadata.uid) return
      if (!job.metadata.finalizers?.includes(finalizer)) return
    }
    throw new NotNow('the Job changes all the time')
  }

  forget(stepId: string): Promise<void> {
    return this.#deps.records.forgetCheckpoint(stepId)
  }

  recover(): Promise<void> {
    return this.#ready()
  }

  /** How the watches are doing. */
  metrics(): Readonly<Record<'jobs' | 'pods', ReflectorMetrics>> {
    return { jobs: this.#jobs.metrics, pods: this.#pods.metrics }
  }

  // --- watching -------------------------------------------------------------------------------

  watch(changed: (attemptId: string) => void): () => void {
    this.#hearers.add(changed)
    this.#over = false
    this.#begin()
    return () => {
      this.#hearers.delete(changed)
      if (this.#hearers.size > 0) return
      this.#over = true
      this.#watching?.abort()
      this.#watching = null
      this.#clearNext()
    }
  }

  #begin(): void {
    if (this.#watching !== null || this.#over) return
    this.#watching = new AbortController()
    const { signal } = this.#watching
    void this.#jobs.run(signal)
    void this.#pods.run(signal)
    this.#mirror.start(signal)
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
            new NotNow(
              `waiting for the cluster at ${this.#deps.api.server}, which does not answer`,
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

/** How clouds label (and mostly taint) nodes that they may take away. */
const spotLabels = [
  { key: 'karpenter.sh/capacity-type', value: 'spot' },
  { key: 'eks.amazonaws.com/capacityType', value: 'SPOT' },
  { key: 'cloud.google.com/gke-spot', value: 'true' },
  { key: 'kubernetes.azure.com/scalesetpriority', value: 'spot' },
]

function spotLabelOf(nodes: ClusterInventory['nodes']): (typeof spotLabels)[number] | undefined {
  return spotLabels.find(({ key, value }) => nodes.some((node) => node.labels[key] === value))
}

function capacityOf({ nodes, devices }: ClusterInventory): Capacity {
  // One that is down may be back soon: a step that only it can take waits for it, and is not refused for good.
  const kept = nodes.filter((node) => node.state !== 'DRAIN')
  const sum = (pick: (node: (typeof kept)[number]) => number) =>
    kept.reduce((total, node) => total + pick(node), 0)
  const claimed = devices.map((device) => ({
    name: productOf(device) || device.name,
    memoryBytes: memoryBytesOf(device) ?? 0,
  }))
  const plugged = kept.flatMap((node) => {
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

function portOf(url: string): number {
  const { port, protocol } = new URL(url)
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)
}

/** What is kept of an object that a cluster may have thousands of: the rest is most of its size. */
function trimJob(job: JobObject): JobObject {
  const { metadata, spec, status } = withoutManagers(job)
  const resourceClaims = spec?.template?.spec?.resourceClaims
  return {
    metadata,
    ...(resourceClaims === undefined ? {} : { spec: { template: { spec: { resourceClaims } } } }),
    ...(status === undefined ? {} : { status }),
  }
}

/** Of others' pods only what they hold counts. */
function trimPod(pod: PodObject & RawPod, ours: boolean): PodObject & RawPod {
  const { metadata, spec = {}, status } = pod
  const { containers, initContainers } = spec
  return {
    metadata: ours ? withoutManagers(pod).metadata : pick(metadata, othersMetadata),
    spec: {
      ...pick(spec, ['nodeName', 'overhead', 'resources']),
      ...(containers === undefined ? {} : { containers: containers.map(holds) }),
      ...(initContainers === undefined ? {} : { initContainers: initContainers.map(holds) }),
    },
    ...(status === undefined ? {} : { status: ours ? status : pick(status, ['phase']) }),
  }
}

const othersMetadata = [
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'labels',
  'deletionTimestamp',
] as const

const holds = (container: RawContainer): RawContainer =>
  pick(container, ['restartPolicy', 'resources'])

/** Those of the fields that are there. */
function pick<T extends object, K extends keyof T>(object: T, fields: readonly K[]): Pick<T, K> {
  return Object.fromEntries(
    fields.flatMap((field) => (object[field] === undefined ? [] : [[field, object[field]]])),
  ) as Pick<T, K>
}

/** It may still run. */
function isAlive(pod: PodObject): boolean {
  return pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed'
}

/** It had to end long ago, and nobody says that it has: its node is gone. What it may still write, the courier's door refuses. */
function isDead(pod: PodObject, now: Date): boolean {
  const until = pod.metadata.deletionTimestamp
  return until !== undefined && now.getTime() - new Date(until).getTime() > deadPodMs
}

/** @throws DomainError CONFLICT for an object under our name that is not ours */
function adopted(path: string, wanted: object, found: JobObject): JobObject {
  const its = found.metadata.labels ?? {}
  const { labels: ours } = (wanted as JobObject).metadata
  for (const name of [label.installation, label.attempt])
    if (its[name] !== ours?.[name])
      throw new DomainError(
        'CONFLICT',
        `${path}/${found.metadata.name} is there already and not ours (${name} is ${its[name] ?? 'not set'}). Remove it, or choose another namespace prefix; then start the run again.`,
      )
  const guard = 'pod-security.kubernetes.io/enforce'
  if (ours?.[guard] !== undefined && its[guard] !== ours[guard])
    throw new DomainError(
      'CONFLICT',
      `The namespace ${found.metadata.name} does not enforce the "${ours[guard]}" pod security standard any more: label it so again, then start the run again.`,
    )
  return found
}

function refusal(path: string, reply: Reply): Error {
  const error = new ClusterError(`POST ${path}`, reply)
  if (reply.status === 403 && /exceeded quota/.test(error.message))
    return new NotNow(`waiting for the cluster's quota: ${error.message}`)
  // The namespace is being removed, or was: it is made anew.
  if (reply.status === 404 || (reply.status === 403 && /being terminated/.test(error.message)))
    return new NotNow(`waiting for the namespace: ${error.message}`)
  if (reply.status === 401 || reply.status === 403)
    return new DomainError(
      'UNAVAILABLE',
      `The cluster does not allow the platform to do this: ${error.message}. Compare its rights with deploy/rbac.`,
    )
  return error
}
