import { DomainError } from '#schema/domain/errors.ts'
import type { Component } from '#schema/domain/spec.ts'
import type { Launch } from '../executor.ts'
import { paramEnvironment } from '../param-environment.ts'
import type { CompiledDevices } from './devices.ts'

export const label = {
  installation: 'autodidact.dev/installation',
  run: 'autodidact.dev/run',
  step: 'autodidact.dev/step',
  attempt: 'autodidact.dev/attempt',
} as const
export const annotation = {
  /** The hash of what the Job was made from: who finds another one under the name does not adopt it. */
  hash: 'autodidact.dev/launch-hash',
  /** Why we ended it: stopped or time_limit. */
  stop: 'autodidact.dev/stop',
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
  /** Where the pods reach the platform. */
  readonly publicUrl: string
  readonly launchHash: string
  /** What the largest node has for the step itself; more is asked as this much, as on one machine. */
  readonly maxCores?: number
  /** Where spot nodes carry a label, how to prefer them. */
  readonly spotLabel?: { readonly key: string; readonly value: string } | undefined
}

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

function imageOf(component: Component, settings: ManifestSettings): string {
  const refusal = refusedImage(component, settings.allowedImages)
  if (refusal !== null) throw new DomainError('BAD_INPUT', refusal)
  const { registry, tag } = component.image
  if (own.test(registry)) return settings.componentsImage
  return tag.startsWith('sha256:') ? `${registry}@${tag}` : `${registry}:${tag}`
}

/** Our own components share one image; its entry point takes the component's name. */
function commandOf(component: Component): { command?: string[]; args?: string[] } {
  const name = own.exec(component.image.registry)?.[1]
  const given = [...(component.args ?? [])]
  if (name !== undefined)
    return { command: ['/opt/autodidact/run', name.replaceAll('-', '_')], args: given }
  return {
    ...(component.command === undefined ? {} : { command: [...component.command] }),
    ...(given.length === 0 ? {} : { args: given }),
  }
}

// What the executor says itself, and what would change what a container loads before its program.
const ours = /^(AUTODIDACT_.*|COURIER_.*|MLFLOW_TRACKING_TOKEN|CUDA_VISIBLE_DEVICES|NVIDIA_.*)$/
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/

/** Kubernetes expands $(NAME) in values; a spec's text means itself. */
const literal = (value: string) => value.replaceAll('$', '$$$$')

function environmentOf(launch: Launch, secret: string, hasDevices: boolean): object[] {
  const given = { ...paramEnvironment(launch.params), ...launch.environment }
  const plain = Object.entries(given)
    .filter(([name]) => variableName.test(name) && !ours.test(name))
    .map(([name, value]) => ({ name, value: literal(value) }))
  const told = {
    AUTODIDACT_RUN: launch.runId,
    AUTODIDACT_STEP: launch.component.name,
    AUTODIDACT_ATTEMPT: String(launch.ordinal),
    // Without a device a step must not see the node's: the vendor's runtime gives all of them by default.
    ...(hasDevices ? {} : { CUDA_VISIBLE_DEVICES: '', NVIDIA_VISIBLE_DEVICES: 'void' }),
  }
  return [
    ...plain,
    ...Object.entries(told).map(([name, value]) => ({ name, value })),
    secretVariable(secret, 'MLFLOW_TRACKING_TOKEN', 'mlflow'),
  ]
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

function cpuText(cores: number): string {
  return `${Math.max(1, Math.round(cores * 1000))}m`
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
      { name: 'COURIER_URL', value: settings.publicUrl },
      { name: 'COURIER_ATTEMPT', value: launch.attemptId },
      secretVariable(name, 'COURIER_TOKEN', 'courier'),
    ],
    securityContext: restricted,
    resources: {
      requests: { cpu: cpuText(courierCores), memory: '64Mi' },
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
    image: imageOf(component, settings),
    imagePullPolicy: 'IfNotPresent',
    ...commandOf(component),
    // The secret has the Job's name.
    env: environmentOf(launch, name, hasDevices),
    workingDir: '/work',
    securityContext: restricted,
    resources: {
      requests: {
        cpu: cpuText(Math.min(resources.cpu?.cores ?? 0.25, settings.maxCores ?? Infinity)),
        memory: resources.memory === undefined ? '512Mi' : String(resources.memory.bytes),
      },
      limits: {
        ...(resources.memory === undefined ? {} : { memory: String(resources.memory.bytes) }),
        ...devices.podResources.limits,
      },
      ...(devices.podResources.claims.length === 0 ? {} : { claims: devices.podResources.claims }),
    },
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [
      mount('in', true),
      mount('data', true),
      mount('out'),
      mount('checkpoint'),
      mount('work'),
    ],
  }
  const spotWish =
    component.spot === true && settings.spotLabel !== undefined
      ? [
          {
            weight: 100,
            preference: {
              matchExpressions: [
                { key: settings.spotLabel.key, operator: 'In', values: [settings.spotLabel.value] },
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
    terminationGracePeriodSeconds: deliverySeconds,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: nobody,
      runAsGroup: nobody,
      fsGroup: nobody,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(Object.keys(nodeAffinity).length === 0 ? {} : { affinity: { nodeAffinity } }),
    ...(devices.tolerations.length === 0 ? {} : { tolerations: devices.tolerations }),
    ...(devices.resourceClaims.length === 0 ? {} : { resourceClaims: devices.resourceClaims }),
    initContainers: [
      {
        ...courier,
        name: 'fetch',
        args: ['fetch'],
        volumeMounts: [mount('in'), mount('data'), mount('out'), mount('checkpoint')],
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
    volumes: ['in', 'data', 'out', 'checkpoint', 'work'].map((volume) => ({
      name: volume,
      emptyDir: {},
    })),
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

/** A project's namespace and what guards it. Pure. */
export function namespaceManifest(settings: {
  readonly namespace: string
  readonly installation: string
  readonly ports: readonly number[]
}): readonly { readonly path: string; readonly object: object }[] {
  const { namespace, installation } = settings
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
