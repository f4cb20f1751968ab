import { builder, viewerOf } from '../builder.ts'
import {
  idleOf,
  shareUsed,
  type Amounts,
  type Cluster,
  type ClusterHistory,
  type ClusterReading,
  type DeviceGroup,
  type DevicePreview,
  type GpuReading,
  type HistoryPoint,
  type NodeReading,
  type NodeState,
  type RunUse,
  type TypeAmounts,
} from '../domain/cluster.ts'
import { DomainError } from '../domain/errors.ts'
import { readCpu, readQuantity } from '../domain/quantity.ts'
import { rawId } from './global-id.ts'
import { connectionOf, pageOf } from './page.ts'
import { RunType } from './run.ts'

const ClusterKindType = builder.enumType('ClusterKind', {
  description: 'What kind of place runs go to.',
  values: {
    LOCAL: { description: 'Processes on the machine of the platform.' },
    KUBERNETES: { description: 'Jobs on a Kubernetes cluster.' },
  } as const,
})

const ClusterStateType = builder.enumType('ClusterState', {
  description: 'Whether a cluster answers.',
  values: {
    READY: { description: 'Its figures are of now.' },
    UNREACHABLE: { description: 'It does not answer: its figures are the last that were read.' },
  } as const,
})

const NodeStateType = builder.enumType('NodeState', {
  description: 'Whether a node takes runs.',
  values: {
    ACTIVE: { description: 'It does.' },
    DRAIN: { description: 'What runs ends there, nothing new begins.' },
    DOWN: { description: 'It does not report.' },
  } as const,
})

const amountFields = {
  total: 'How much there is.',
  requested: 'How much of it is held.',
  used: 'How much of it is really used; null where nothing measures it.',
}

const AmountsType = builder.objectRef<Amounts>('Amounts').implement({
  description:
    'How much there is of something: GPUs as pieces, CPU in cores, memory in bytes. Idle = total - requested; share = used / total.',
  fields: (t) => ({
    total: t.exposeFloat('total', { description: amountFields.total }),
    requested: t.exposeFloat('requested', { description: amountFields.requested }),
    used: t.exposeFloat('used', { nullable: true, description: amountFields.used }),
    idle: t.float({ description: 'Total less requested.', resolve: idleOf }),
    share: t.float({
      nullable: true,
      description: 'Used / total, 0 to 1; null where use is not measured.',
      resolve: shareUsed,
    }),
  }),
})

const TypeAmountsType = builder.objectRef<TypeAmounts>('GpuTypeAmounts').implement({
  description: 'The GPUs of one type.',
  fields: (t) => ({
    type: t.exposeString('type', {
      description: 'The product; empty for devices that do not tell.',
    }),
    amounts: t.field({
      type: AmountsType,
      description: 'How many there are and where they go.',
      resolve: (row) => row,
    }),
  }),
})

const GpuReadingType = builder.objectRef<GpuReading>('GpuReading').implement({
  description: 'One device as it is now; null where nothing measures it.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'Unique in its cluster.' }),
    node: t.exposeString('node', { description: 'Its node.' }),
    name: t.exposeString('name', { description: 'Its name on that node.' }),
    type: t.exposeString('type', { description: 'The product; empty when nothing tells.' }),
    memoryBytes: t.exposeFloat('memoryBytes', { nullable: true, description: 'Its memory.' }),
    memoryUsedBytes: t.exposeFloat('memoryUsedBytes', {
      nullable: true,
      description: 'How much of it is used.',
    }),
    utilisation: t.exposeFloat('utilisation', {
      nullable: true,
      description: 'How busy it is, 0 to 1.',
    }),
    peak: t.exposeFloat('peak', {
      nullable: true,
      description: 'The highest of the last five minutes: it counts as used when above 0.',
    }),
    celsius: t.exposeFloat('celsius', { nullable: true, description: 'Its temperature.' }),
    watts: t.exposeFloat('watts', { nullable: true, description: 'What it draws.' }),
    requested: t.exposeBoolean('requested', { description: 'Something holds it.' }),
    state: t.expose('nodeState', { type: NodeStateType, description: 'The state of its node.' }),
    run: t.field({
      type: RunType,
      nullable: true,
      description: 'The run that holds it, where that is known and may be seen.',
      resolve: (device, _args, context) =>
        device.runId === null ? null : context.ports.runs.byId(viewerOf(context), device.runId),
    }),
  }),
})

const NodeReadingType = builder.objectRef<NodeReading>('NodeReading').implement({
  description: 'One machine as it is now.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name.' }),
    state: t.expose('state', { type: NodeStateType, description: 'Whether it takes runs.' }),
    message: t.exposeString('message', { description: 'Why it does not, or what troubles it.' }),
    cpu: t.expose('cpu', { type: AmountsType, description: 'Cores.' }),
    memory: t.expose('memory', { type: AmountsType, description: 'Bytes.' }),
    gpus: t.expose('gpus', { type: AmountsType, description: 'GPUs.' }),
    gpuTypes: t.stringList({
      description: 'The products of its GPUs, at most 16.',
      resolve: (node) => node.gpuTypes.slice(0, 16),
    }),
  }),
})

const RunUseType = builder.objectRef<RunUse>('RunUse').implement({
  description: 'What a run holds.',
  fields: (t) => ({
    run: t.field({
      type: RunType,
      nullable: true,
      description: 'The run.',
      resolve: (use, _args, context) => context.ports.runs.byId(viewerOf(context), use.runId),
    }),
    gpus: t.expose('gpus', { type: AmountsType, description: 'GPUs.' }),
    cpu: t.expose('cpu', { type: AmountsType, description: 'Cores.' }),
    memory: t.expose('memory', { type: AmountsType, description: 'Bytes.' }),
  }),
})

const maxList = 1_000
function bounded(first: number | null | undefined): number {
  const count = first ?? 200
  if (!Number.isInteger(count) || count < 1 || count > maxList)
    throw new DomainError('BAD_INPUT', `"first" is ${count}: ask for 1 to ${maxList} at a time.`)
  return count
}

const stateOrder: Readonly<Record<NodeState, number>> = { DOWN: 0, DRAIN: 1, ACTIVE: 2 }

const ClusterReadingType = builder.objectRef<ClusterReading>('ClusterReading').implement({
  description: 'A cluster at one moment: what it has, what is asked of it, what is really used.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'When the figures were true.' }),
    state: t.expose('state', { type: ClusterStateType, description: 'Whether it answers.' }),
    notices: t.stringList({
      description: 'What an administrator should know, at most 20 sentences.',
      resolve: (reading) => [...reading.notices],
    }),
    abilities: t.stringList({
      description: 'What the cluster can, at most 20, such as Dynamic Resource Allocation.',
      resolve: (reading) => [...reading.abilities],
    }),
    gpus: t.expose('gpus', {
      type: AmountsType,
      description: 'All GPUs on nodes that are not down.',
    }),
    gpuTypes: t.field({
      type: [TypeAmountsType],
      description: 'The same by type, the most numerous first; at most 50.',
      resolve: (reading) => reading.gpuTypes.slice(0, 50),
    }),
    cpu: t.expose('cpu', { type: AmountsType, description: 'Cores of nodes that are not down.' }),
    memory: t.expose('memory', {
      type: AmountsType,
      description: 'Bytes of nodes that are not down.',
    }),
    active: t.int({
      description: 'Nodes that take runs.',
      resolve: (reading) => reading.nodeCounts.ACTIVE,
    }),
    drain: t.int({
      description: 'Nodes on which nothing new begins.',
      resolve: (reading) => reading.nodeCounts.DRAIN,
    }),
    down: t.int({
      description: 'Nodes that do not report.',
      resolve: (reading) => reading.nodeCounts.DOWN,
    }),
    runs: t.field({
      type: [RunUseType],
      description: 'What each run holds that the viewer may see, the greatest first; at most 100.',
      resolve: (reading) =>
        [...reading.runs].sort((a, b) => b.gpus.total - a.gpus.total).slice(0, 100),
    }),
    nodes: t.field({
      type: [NodeReadingType],
      description: 'Its machines, those in trouble first; at most 1,000.',
      args: {
        first: t.arg.int({ required: false, description: 'How many; 200 when left away.' }),
        state: t.arg({
          type: NodeStateType,
          required: false,
          description: 'Only those in this state.',
        }),
      },
      resolve: (reading, { first, state }) =>
        [...reading.nodes]
          .filter((node) => state == null || node.state === state)
          .sort((a, b) => stateOrder[a.state] - stateOrder[b.state])
          .slice(0, bounded(first)),
    }),
    devices: t.field({
      type: [GpuReadingType],
      description: 'Its GPUs, by node; at most 1,000.',
      args: {
        first: t.arg.int({ required: false, description: 'How many; 200 when left away.' }),
        node: t.arg.string({ required: false, description: 'Only those of this node.' }),
      },
      resolve: (reading, { first, node }) =>
        reading.devices
          .filter((device) => node == null || device.node === node)
          .slice(0, bounded(first)),
    }),
  }),
})

const HistorySeriesType = builder.enumType('HistorySeries', {
  description: 'What is charted over time.',
  values: {
    GPU: { description: 'GPUs, all or of one type.' },
    CPU: { description: 'Cores.' },
    MEMORY: { description: 'Bytes.' },
  } as const,
})

const HistoryPointType = builder.objectRef<HistoryPoint>('HistoryPoint').implement({
  description: 'The means of one interval.',
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'When the interval begins.' }),
    total: t.exposeFloat('total', { description: amountFields.total }),
    requested: t.exposeFloat('requested', { description: amountFields.requested }),
    used: t.exposeFloat('used', { nullable: true, description: amountFields.used }),
    usedPeak: t.exposeFloat('usedPeak', {
      nullable: true,
      description: 'The highest use in it.',
    }),
  }),
})

const ClusterHistoryType = builder.objectRef<ClusterHistory>('ClusterHistory').implement({
  description: 'Use over time.',
  fields: (t) => ({
    seconds: t.exposeInt('seconds', { description: 'How long each interval is.' }),
    points: t.field({
      type: [HistoryPointType],
      description: 'The oldest first, at most maxPoints.',
      resolve: (history) => [...history.points],
    }),
  }),
})

export const ClusterType = builder.objectRef<Cluster>('Cluster')
builder.node(ClusterType, {
  description: 'Where runs go.',
  id: { resolve: (cluster) => cluster.id },
  loadOne: (id, context) => context.ports.clusters.byId(viewerOf(context), id),
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Its name.' }),
    kind: t.expose('kind', { type: ClusterKindType, description: 'What kind of place it is.' }),
    context: t.exposeString('context', {
      nullable: true,
      description: 'The kubeconfig context that leads to it.',
    }),
    reading: t.field({
      type: ClusterReadingType,
      nullable: true,
      description: 'How it stands now; null when it is no longer configured.',
      resolve: (cluster, _args, context) =>
        context.ports.clusters.reading(viewerOf(context), cluster.id),
    }),
    history: t.field({
      type: ClusterHistoryType,
      description: 'Use over time, at the finest level that spans it in maxPoints points.',
      args: {
        series: t.arg({ type: HistorySeriesType, description: 'What to chart.' }),
        type: t.arg.string({ required: false, description: 'Only GPUs of this type.' }),
        since: t.arg({ type: 'DateTime', description: 'From when.' }),
        until: t.arg({ type: 'DateTime', required: false, description: 'Until when; now.' }),
        maxPoints: t.arg.int({
          required: false,
          description: 'How many points at most: 2 to 2,000; 300 when left away.',
        }),
      },
      resolve: (cluster, { series, type, since, until, maxPoints }, context) =>
        context.ports.clusters.history(viewerOf(context), cluster.id, {
          series,
          type: type ?? null,
          since,
          until: until ?? new Date(),
          maxPoints: maxPoints ?? 300,
        }),
    }),
  }),
})

const ClusterConnection = builder.connectionObject(
  { type: ClusterType, name: 'ClusterConnection', description: 'A page of clusters.' },
  { name: 'ClusterEdge', description: 'A cluster in a page.' },
)

builder.queryField('clusters', (t) =>
  t.connection(
    {
      type: ClusterType,
      description: 'Where runs can go: this machine, then the clusters by their contexts.',
      authScopes: { signedIn: true },
      resolve: async (_root, args, context) =>
        connectionOf(
          await context.ports.clusters.list(viewerOf(context), pageOf(args)),
          (cluster) => cluster.id,
        ),
    },
    ClusterConnection,
  ),
)

const DeviceVerdictType = builder.enumType('DeviceVerdict', {
  description: 'Whether a cluster can give the devices that are asked for.',
  values: {
    NOW: { description: 'A node can take it now.' },
    LATER: { description: 'A node could, were enough free on it.' },
    NEVER: { description: 'No node could.' },
  } as const,
})

const DeviceGroupType = builder.objectRef<DeviceGroup>('DeviceGroup').implement({
  description: 'Like devices with the same verdict.',
  fields: (t) => ({
    type: t.exposeString('type', { description: 'The product; empty when nothing tells.' }),
    memoryBytes: t.exposeFloat('memoryBytes', {
      nullable: true,
      description: 'The memory of each, as the driver reports it.',
    }),
    matches: t.exposeBoolean('matches', { description: 'They could be used.' }),
    why: t.exposeString('why', { description: 'Why not, a sentence; empty when they match.' }),
    count: t.exposeInt('count', { description: 'How many there are.' }),
    free: t.exposeInt('free', { description: 'How many of them nothing holds now.' }),
    nodes: t.stringList({
      description: 'Some of the nodes that have them, at most 5.',
      resolve: (group) => [...group.nodes],
    }),
  }),
})

const DevicePreviewType = builder.objectRef<DevicePreview>('DevicePreview').implement({
  description: 'Which devices could be used, why the others not, and whether it could start now.',
  fields: (t) => ({
    verdict: t.expose('verdict', { type: DeviceVerdictType, description: 'In one word.' }),
    sentence: t.exposeString('sentence', { description: 'In one sentence.' }),
    matching: t.exposeInt('matching', { description: 'How many devices match.' }),
    free: t.exposeInt('free', { description: 'How many of them are free now.' }),
    groups: t.field({
      type: [DeviceGroupType],
      description: 'All devices, like ones together, the matching ones first; at most 50.',
      resolve: (preview) => [...preview.groups],
    }),
  }),
})

builder.queryField('devicePreview', (t) =>
  t.field({
    type: DevicePreviewType,
    nullable: true,
    description: 'What a component with these resources would find; null when it asks for no GPU.',
    authScopes: { signedIn: true },
    args: {
      cluster: t.arg.id({
        required: false,
        description: 'Where; the cluster that runs go to when left away.',
      }),
      gpuType: t.arg.string({
        required: false,
        description: 'Such as "A100", "Hopper", or in order of preference "H100 or A100".',
      }),
      gpuCount: t.arg.int({ required: false, description: 'How many.' }),
      gpuMemory: t.arg.string({ required: false, description: 'At least this much each: "24GB".' }),
      gpuShare: t.arg.string({
        required: false,
        description: 'full, time_slice, mps, mig:1g.10gb or hami:8GB,20.',
      }),
      cpu: t.arg.float({ required: false, description: 'Cores.' }),
      memory: t.arg.string({ required: false, description: 'Main memory: "32GB".' }),
    },
    resolve: (_root, args, context) => {
      const { gpuType, gpuCount, gpuMemory, gpuShare, cpu, memory } = args
      if (memory != null && !(readQuantity(memory).bytes >= 1))
        throw new DomainError(
          'BAD_INPUT',
          `"${memory.slice(0, 40)}" is not an amount of memory: write it as "32GB".`,
        )
      if (cpu != null && !(cpu > 0))
        throw new DomainError('BAD_INPUT', `"cpu" is ${cpu}: ask for more than no core.`)
      return context.ports.clusters.preview(
        viewerOf(context),
        args.cluster == null ? null : rawId(args.cluster, 'Cluster'),
        {
          ...(gpuType == null || gpuType === '' ? {} : { gpuType }),
          ...(gpuCount == null ? {} : { gpuCount }),
          ...(gpuMemory == null || gpuMemory === '' ? {} : { gpuMemory: readQuantity(gpuMemory) }),
          ...(gpuShare == null || gpuShare === '' ? {} : { gpuShare }),
          ...(cpu == null ? {} : { cpu: readCpu(cpu) }),
          ...(memory == null ? {} : { memory: readQuantity(memory) }),
        },
      )
    },
  }),
)

for (const [name, description] of [
  ['gpuReadings', 'The devices and their totals as they change: newest wins.'],
  ['nodeReadings', 'The machines and their totals as they change: newest wins.'],
] as const)
  builder.subscriptionField(name, (t) =>
    t.field({
      type: ClusterReadingType,
      description,
      authScopes: { signedIn: true },
      args: { cluster: t.arg.id({ description: 'The cluster.' }) },
      subscribe: (_root, { cluster }, context) =>
        context.ports.clusters.readings(viewerOf(context), rawId(cluster, 'Cluster')),
      resolve: (reading) => reading,
    }),
  )
