import { DomainError } from '#schema/domain/errors.ts'
import type { Component } from '#schema/domain/spec.ts'
import type { Launch } from '../executor.ts'
import { paramEnvironment } from '../param-environment.ts'
import type { CompiledDevices, Toleration } from './devices.ts'

export const label = {
  installation: 'autodidact.dev/installation',
  run: 'autodidact.dev/run',
  step: 'autodidact.dev/step',
  attempt: 'autodidact.dev/attempt',
} as const
export const annotation = {
  /** The hash of what the Job was made from: who finds another one under the name does not adopt it. */
  hash: 'autodidact.dev/launch-hash',
  /** Why we ended it: stopped, time_limit, or what kept it from beginning. */
  stop: 'autodidact.dev/stop',
  stopDetail: 'autodidact.dev/stop-detail',
} as const
/** Keeps an ended Job until its outcome and its log are committed. */
export const finalizer = 'autodidact.dev/outcome'
export const mainContainer = 'step'
export const courierContainer = 'courier'
/** Nobody's id in our images; with fsGroup it may write the volumes. */
const nobody = 65532
/** How long the courier may take to bring the outputs in once the step has ended. */
const deliverySeconds = 3600

export interface ManifestSettings {
  readonly installation: string
  readonly name: string
  readonly namespace: string
  readonly courierImage: string
  /** What `autodidact/<component>` images are run as. */
  readonly componentsImage: string
  /** Images that may run, as `registry/name` or `registry/*`. */
  readonly allowedImages: readonly string[]
  /** Secrets of the namespace by which images are pulled. */
  readonly pullSecrets?: readonly string[]
  /** Where the pods reach the platform. */
  readonly publicUrl: string
  readonly launchHash: string
  /** Of the cluster's nodes for steps. */
  readonly tolerations?: readonly Toleration[] | undefined
  /** What a step may have on its node's disk in all, as a quantity; left away: as much as there is. */
  readonly scratch?: string | undefined
  /** Volume claims that `distributed` storage may name. */
  readonly allowedClaims?: readonly string[] | undefined
  /** What the largest node has for the step itself; more is asked as this much, as on one machine. */
  readonly maxCores?: number
  /** What spot nodes carry here: the first two attempts prefer them and tolerate their taint, later ones avoid them. */
  readonly spotLabel?: { readonly key: string; readonly value: string } | undefined
}

/** A step that was lost on spot nodes twice goes on elsewhere. */
export const spotAttempts = 2

const own = /^autodidact\/([a-z0-9][a-z0-9-]*)$/

/** Whether an image's name is covered by a pattern: the same name, or below a registry or folder that ends with `/*`. */
function matchesImage(pattern: string, name: string): boolean {
  return pattern.endsWith('/*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name
}

/** Why this image may not run here, or null. */
export function refusedImage(component: Component, allowed: readonly string[]): string | null {
  const { registry, tag } = component.image
  if (own.test(registry)) return null
  // What reaches the pod is a plain image reference, whatever somebody wrote into the spec.
  const plain =
    /^[a-z0-9]([a-z0-9._-]*[a-z0-9])?(:\d{1,5})?(\/[a-z0-9]([a-z0-9._-]*[a-z0-9])?)*$/i.test(
      registry,
    ) && /^([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}|sha256:[0-9a-f]{64})$/.test(tag)
  const image = `${registry}:${tag}`.slice(0, 200)
  if (!plain)
    return `The component "${component.name}" names no image that can be pulled: ${image}.`
  if (allowed.some((pattern) => matchesImage(pattern, registry))) return null
  return `The component "${component.name}" asks for the image ${image}, which is not on the list of allowed images: ask an administrator to add it (AUTODIDACT_ALLOWED_IMAGES).`
}

/**
 * The image's name in a pod.
 *
 * @param digest what was approved: pinned, whatever the tag says by now
 */
export function imageOf(
  component: Component,
  settings: Pick<ManifestSettings, 'allowedImages' | 'componentsImage'>,
  digest: string | null = null,
): string {
  const refusal = refusedImage(component, settings.allowedImages)
  if (refusal !== null) throw new DomainError('BAD_INPUT', refusal)
  const { registry, tag } = component.image
  const name = own.test(registry)
    ? settings.componentsImage
    : tag.startsWith('sha256:')
      ? `${registry}@${tag}`
      : `${registry}:${tag}`
  if (digest === null || !digest.startsWith('sha256:')) return name
  return `${name.replace(/@.*$|:[^:/]*$/, '')}@${digest}`
}

/** Our own components share one image; its entry point takes the component's name. */
function commandOf(component: Component): { command?: string[]; args?: string[] } {
  const name = own.exec(component.image.registry)?.[1]
  const given = (component.args ?? []).map((part) => plain('An argument', part))
  if (name !== undefined)
    return { command: ['/opt/autodidact/run', name.replaceAll('-', '_')], args: given }
  return {
    ...(component.command === undefined
      ? {}
      : { command: component.command.map((part) => plain('The command', part)) }),
    ...(given.length === 0 ? {} : { args: given }),
  }
}

// What the executor says itself, and what would change what a container loads before its program.
const ours =
  /^(AUTODIDACT_.*|COURIER_.*|KUBERNETES_.*|MLFLOW_TRACKING_TOKEN|CUDA_VISIBLE_DEVICES|NVIDIA_.*|HOME|PATH|LD_.*|PYTHON.*)$/
const variableName = /^[A-Za-z_][A-Za-z0-9_]{0,252}$/
const label63 = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

/** What goes to a process: it cannot hold a NUL, and the API server would say so in its own words. */
function plain(what: string, value: string): string {
  if (value.includes('\0'))
    throw new DomainError(
      'BAD_INPUT',
      `${what} holds a NUL character, which no program can be given.`,
    )
  return literal(value)
}

/** Kubernetes expands $(NAME) in values; a spec's text means itself. */
const literal = (value: string) => value.replaceAll('$', '$$$$')

function environmentOf(launch: Launch, secret: string, hasDevices: boolean): object[] {
  const given = { ...paramEnvironment(launch.params), ...launch.environment }
  const asked = Object.entries(given)
    .filter(([name]) => variableName.test(name) && !ours.test(name))
    .map(([name, value]) => ({ name, value: plain(`The variable ${name}`, value) }))
  const told = {
    AUTODIDACT_RUN: launch.runId,
    AUTODIDACT_STEP: launch.component.name,
    AUTODIDACT_ATTEMPT: String(launch.ordinal),
    // The user has no folder in the image.
    HOME: '/work',
    PYTHONUNBUFFERED: '1',
    // Without a device a step must not see the node's: the vendor's runtime gives all of them by default.
    ...(hasDevices ? {} : { CUDA_VISIBLE_DEVICES: '', NVIDIA_VISIBLE_DEVICES: 'void' }),
  }
  return [
    ...asked,
    ...Object.entries(told).map(([name, value]) => ({ name, value: plain(name, value) })),
    secretVariable(secret, 'MLFLOW_TRACKING_TOKEN', 'mlflow'),
  ]
}

/** A node that does not answer for a minute counts as lost; Kubernetes' own five are long for an idle trainer. */
const lostNode = ['not-ready', 'unreachable'].map((state) => ({
  key: `node.kubernetes.io/${state}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 60,
}))

/**
 * The volume claim that a `distributed` storage names (`/<claim>/<subpath>`), mounted read-only; null: the courier brings
 * the data.
 */
function claimOf(
  { storage }: Launch,
  settings: ManifestSettings,
): { name: string; path: string } | null {
  if (storage.type === 'local') return null
  const [name = '', ...rest] = storage.path.split('/').filter((part) => part !== '')
  if (storage.type !== 'distributed')
    throw new DomainError(
      'BAD_INPUT',
      `Training data on "${storage.type.slice(0, 40)}" cannot be mounted here: use "local", or "distributed" with a volume claim.`,
    )
  if (!label63.test(name) || rest.some((part) => part === '..' || part === '.'))
    throw new DomainError(
      'BAD_INPUT',
      `The storage path "${storage.path.slice(0, 80)}" is not of the form /<claim>/<subpath>.`,
    )
  if (!(settings.allowedClaims ?? []).includes(name))
    throw new DomainError(
      'BAD_INPUT',
      `The volume claim "${name}" is not on the list of allowed ones: ask an administrator to add it (AUTODIDACT_KUBERNETES_CLAIMS).`,
    )
  return { name, path: rest.join('/') }
}

function secretVariable(secret: string, name: string, key: string): object {
  return { name, valueFrom: { secretKeyRef: { name: secret, key } } }
}

const restricted = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
}

/** What the courier asks for beside the step. */
export const courierCores = 0.05

function cpuText(name: string, cores: number, most = Infinity): string {
  if (!(cores > 0 && cores <= 10_000))
    throw new DomainError(
      'BAD_INPUT',
      `The component "${name.slice(0, 40)}" asks for ${cores} cores.`,
    )
  return `${Math.max(1, Math.round(Math.min(cores, most) * 1000))}m`
}

function memoryText({ name, resources }: Component): string {
  const bytes = Math.round(resources.memory?.bytes ?? 0)
  if (!(Number.isSafeInteger(bytes) && bytes > 0))
    throw new DomainError(
      'BAD_INPUT',
      `The component "${name.slice(0, 40)}" asks for ${bytes} bytes of memory.`,
    )
  return String(bytes)
}

/**
 * One step attempt as objects: the Job, the Secret with its tokens, its claim templates. Pure: the same launch gives the
 * same objects, byte for byte. Nothing of a spec reaches a field of the pod that is not named here, so every pod is
 * "restricted" (Pod Security Standards) by construction.
 *
 * @throws DomainError BAD_INPUT for an image that may not run
 */
export function attemptManifest(
  launch: Launch,
  devices: CompiledDevices,
  tokens: { readonly courier: string; readonly mlflow: string },
  settings: ManifestSettings,
): { job: object; secret: object; claimTemplates: readonly object[] } {
  const { name, namespace } = settings
  const { component } = launch
  const { resources } = component
  const claim = claimOf(launch, settings)
  const labels = {
    [label.installation]: settings.installation,
    [label.run]: launch.runId,
    [label.step]: launch.stepId,
    [label.attempt]: launch.attemptId,
    'app.kubernetes.io/managed-by': 'autodidact',
  }
  const hasDevices =
    devices.podResources.claims.length > 0 || Object.keys(devices.podResources.limits).length > 0
  const courier = {
    image: settings.courierImage,
    imagePullPolicy: 'IfNotPresent',
    env: [
      { name: 'COURIER_URL', value: literal(settings.publicUrl) },
      { name: 'COURIER_ATTEMPT', value: launch.attemptId },
      secretVariable(name, 'COURIER_TOKEN', 'courier'),
    ],
    securityContext: restricted,
    resources: {
      requests: { cpu: cpuText('courier', courierCores), memory: '64Mi' },
      limits: { memory: '256Mi' },
    },
  }
  const mount = (volume: string, readOnly = false) => ({
    name: volume,
    mountPath: `/${volume}`,
    ...(readOnly ? { readOnly: true } : {}),
  })
  const step = {
    name: mainContainer,
    image: imageOf(component, settings, launch.digest ?? null),
    imagePullPolicy: 'IfNotPresent',
    ...commandOf(component),
    // The secret has the Job's name.
    env: environmentOf(launch, name, hasDevices),
    securityContext: restricted,
    resources: {
      requests: {
        cpu: cpuText(component.name, resources.cpu?.cores ?? 0.25, settings.maxCores),
        memory: resources.memory === undefined ? '512Mi' : memoryText(component),
        // Without a request of its own the limit would be reserved on the node.
        ...(settings.scratch === undefined ? {} : { 'ephemeral-storage': '0' }),
      },
      limits: {
        ...(settings.scratch === undefined ? {} : { 'ephemeral-storage': settings.scratch }),
        ...(resources.memory === undefined ? {} : { memory: memoryText(component) }),
        ...devices.podResources.limits,
      },
      ...(devices.podResources.claims.length === 0 ? {} : { claims: devices.podResources.claims }),
    },
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [
      mount('in', true),
      { ...mount('data', true), ...(claim?.path ? { subPath: claim.path } : {}) },
      mount('out'),
      mount('checkpoint'),
      mount('work'),
      { name: 'shm', mountPath: '/dev/shm' },
    ],
  }
  const onSpot = component.spot === true && settings.spotLabel !== undefined
  const spot = onSpot && launch.ordinal <= spotAttempts
  const tolerations = [
    ...devices.tolerations,
    ...(settings.tolerations ?? []),
    ...(spot ? [{ ...settings.spotLabel, operator: 'Equal', effect: 'NoSchedule' }] : []),
    ...lostNode,
  ]
  const spotWish =
    onSpot && settings.spotLabel !== undefined
      ? [
          {
            weight: 100,
            preference: {
              matchExpressions: [
                {
                  key: settings.spotLabel.key,
                  operator: spot ? 'In' : 'NotIn',
                  values: [settings.spotLabel.value],
                },
              ],
            },
          },
        ]
      : []
  const preferred = [
    ...(devices.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []),
    ...spotWish,
  ]
  const nodeAffinity = {
    ...devices.nodeAffinity,
    ...(preferred.length === 0
      ? {}
      : { preferredDuringSchedulingIgnoredDuringExecution: preferred }),
  }
  const pod = {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    ...(settings.pullSecrets === undefined || settings.pullSecrets.length === 0
      ? {}
      : { imagePullSecrets: settings.pullSecrets.map((secret) => ({ name: secret })) }),
    terminationGracePeriodSeconds: deliverySeconds,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: nobody,
      runAsGroup: nobody,
      fsGroup: nobody,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(Object.keys(nodeAffinity).length === 0 ? {} : { affinity: { nodeAffinity } }),
    tolerations,
    ...(Object.keys(launch.nodes ?? {}).length === 0 ? {} : { nodeSelector: launch.nodes }),
    ...(devices.resourceClaims.length === 0 ? {} : { resourceClaims: devices.resourceClaims }),
    initContainers: [
      {
        ...courier,
        name: 'fetch',
        args: ['fetch'],
        volumeMounts: [
          mount('in'),
          ...(claim === null ? [mount('data')] : []),
          mount('out'),
          mount('checkpoint'),
        ],
      },
      {
        ...courier,
        name: courierContainer,
        args: ['send'],
        // A native sidecar: it is told to end when the step has ended, and then delivers.
        restartPolicy: 'Always',
        volumeMounts: [mount('out', true), mount('checkpoint', true)],
      },
    ],
    containers: [step],
    volumes: [
      ...['in', 'out', 'checkpoint', 'work'].map((volume) => ({
        name: volume,
        emptyDir: settings.scratch === undefined ? {} : { sizeLimit: settings.scratch },
      })),
      claim === null
        ? { name: 'data', emptyDir: {} }
        : { name: 'data', persistentVolumeClaim: { claimName: claim.name, readOnly: true } },
      // PyTorch's workers share tensors there; a container's own has 64 MB.
      { name: 'shm', emptyDir: { medium: 'Memory', sizeLimit: '2Gi' } },
    ],
  }
  return {
    secret: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace, labels },
      immutable: true,
      type: 'Opaque',
      stringData: tokens,
    },
    claimTemplates: devices.resourceClaimTemplates,
    job: {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        name,
        namespace,
        labels,
        annotations: { [annotation.hash]: settings.launchHash },
        finalizers: [finalizer],
      },
      spec: {
        parallelism: 1,
        completions: 1,
        backoffLimit: 0,
        // Never two pods of an attempt at once: a second trainer on one checkpoint destroys it.
        podReplacementPolicy: 'Failed',
        // Eviction, preemption and lost nodes end the attempt at once and by name; the next one is ours to make,
        // under a name of its own and on a budget that is not the user's.
        podFailurePolicy: {
          rules: [
            { action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
          ],
        },
        template: {
          metadata: { labels, annotations: devices.podAnnotations },
          spec: pod,
        },
      },
    },
  }
}

/** A Job that only tells whether the platform can be reached from a pod. Pure. */
export function reachManifest(
  settings: Pick<
    ManifestSettings,
    'name' | 'namespace' | 'installation' | 'courierImage' | 'publicUrl' | 'tolerations'
  >,
): object {
  const labels = {
    [label.installation]: settings.installation,
    'app.kubernetes.io/managed-by': 'autodidact',
  }
  const { name, namespace } = settings
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace, labels },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: 120,
      ttlSecondsAfterFinished: 300,
      template: {
        metadata: { labels },
        spec: {
          restartPolicy: 'Never',
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: nobody,
            runAsGroup: nobody,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          tolerations: settings.tolerations ?? [],
          containers: [
            {
              name: 'reach',
              image: settings.courierImage,
              imagePullPolicy: 'IfNotPresent',
              args: ['reach'],
              env: [{ name: 'COURIER_URL', value: literal(settings.publicUrl) }],
              securityContext: restricted,
              resources: {
                requests: { cpu: cpuText('courier', courierCores), memory: '64Mi' },
                limits: { memory: '256Mi' },
              },
              terminationMessagePolicy: 'FallbackToLogsOnError',
            },
          ],
        },
      },
    },
  }
}

/** Who runs steps in a namespace, and by which ClusterRole (deploy/rbac). */
export interface Runner {
  readonly serviceAccount: string
  readonly namespace: string
  readonly role: string
}

/** A project's namespace and what guards it. Pure. */
export function namespaceManifest(settings: {
  readonly namespace: string
  readonly installation: string
  readonly ports: readonly number[]
  /** The service account that is to run steps there, and the role that lets it; left away: somebody with rights of their own. */
  readonly runner?: Runner | null
}): readonly { readonly path: string; readonly object: object }[] {
  const { namespace, installation, runner = null } = settings
  const labels = {
    [label.installation]: installation,
    'app.kubernetes.io/managed-by': 'autodidact',
  }
  const inside = (kind: string, name: string) => ({
    path: `/${kind === 'NetworkPolicy' ? 'apis/networking.k8s.io/v1' : 'api/v1'}/namespaces/${namespace}/${{ NetworkPolicy: 'networkpolicies', ResourceQuota: 'resourcequotas', LimitRange: 'limitranges' }[kind]}`,
    object: {
      apiVersion: kind === 'NetworkPolicy' ? 'networking.k8s.io/v1' : 'v1',
      kind,
      metadata: { name, namespace, labels },
    },
  })
  const guard = (kind: string, name: string, spec: object) => {
    const { path, object } = inside(kind, name)
    return { path, object: { ...object, spec } }
  }
  return [
    {
      path: '/api/v1/namespaces',
      object: {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: {
          name: namespace,
          labels: {
            ...labels,
            'pod-security.kubernetes.io/enforce': 'restricted',
            'pod-security.kubernetes.io/enforce-version': 'latest',
            'pod-security.kubernetes.io/warn': 'restricted',
          },
        },
      },
    },
    ...(runner === null
      ? []
      : [
          {
            path: `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`,
            object: {
              apiVersion: 'rbac.authorization.k8s.io/v1',
              kind: 'RoleBinding',
              metadata: { name: 'autodidact', namespace, labels },
              roleRef: {
                apiGroup: 'rbac.authorization.k8s.io',
                kind: 'ClusterRole',
                name: runner.role,
              },
              subjects: [
                {
                  kind: 'ServiceAccount',
                  name: runner.serviceAccount,
                  namespace: runner.namespace,
                },
              ],
            },
          },
        ]),
    guard('ResourceQuota', 'autodidact', {
      hard: {
        'count/jobs.batch': '1000',
        pods: '1000',
        services: '0',
        persistentvolumeclaims: '100',
      },
    }),
    guard('LimitRange', 'autodidact', {
      limits: [
        {
          type: 'Container',
          defaultRequest: { cpu: '100m', memory: '128Mi' },
        },
      ],
    }),
    guard('NetworkPolicy', 'autodidact-default-deny', {
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
    }),
    guard('NetworkPolicy', 'autodidact-steps', {
      podSelector: { matchLabels: { [label.installation]: installation } },
      policyTypes: ['Egress'],
      egress: [
        {
          ports: [
            { protocol: 'UDP', port: 53 },
            { protocol: 'TCP', port: 53 },
          ],
        },
        {
          // The platform and the store; never the cloud's metadata service.
          to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.0.0/16'] } }],
          ports: settings.ports.map((port) => ({ protocol: 'TCP', port })),
        },
      ],
    }),
  ]
}
