import type { Id } from '#schema/domain/id.ts'
import type { Lineage, LineageEdge, LineageNode } from '#schema/domain/model.ts'

/** Where a model version came from, read from the rows that its run left. */
export interface Origins {
  readonly model: { readonly versionId: Id; readonly name: string; readonly version: number }
  readonly run: {
    readonly id: Id
    readonly seed: number
    readonly seconds: number
    readonly endedAt: Date
  }
  readonly spec: {
    readonly id: Id
    readonly name: string
    readonly version: string
    readonly hash: string
  }
  readonly goal: { readonly id: Id; readonly text: string; readonly language: string } | null
  readonly intent: { readonly id: Id; readonly revision: number } | null
  readonly dataset: {
    readonly id: Id
    readonly hash: string
    readonly images: readonly { readonly sha256: string; readonly caption: string }[]
  } | null
  readonly verdicts: {
    readonly curationId: Id
    readonly accepted: number
    readonly rejected: number
    readonly unsure: number
    readonly reviewers: readonly string[]
  } | null
  readonly baseModel: { readonly id: string; readonly title: string; readonly licence: string }
  readonly code: readonly {
    readonly step: string
    readonly image: string
    readonly digest: string | null
    readonly cached: boolean
  }[]
  readonly environment: {
    readonly lockHash: string
    readonly versions: readonly { readonly name: string; readonly value: string }[]
  }
}

/** The graph from the model version back to goal, verdicts, images, spec, code and environment. */
export function lineageOf(origins: Origins): Lineage {
  const { model, run, spec, goal, intent, dataset, verdicts, baseModel, code, environment } =
    origins
  const nodes: LineageNode[] = []
  const edges: LineageEdge[] = []
  const add = (node: LineageNode, ...to: (string | null)[]): void => {
    nodes.push(node)
    for (const key of to) if (key !== null) edges.push({ from: node.key, to: key })
  }
  if (goal !== null) {
    add(
      {
        key: 'goal',
        kind: 'goal',
        label: goal.text,
        entity: { type: 'Goal', id: goal.id },
        detail: `language: ${goal.language}`,
      },
      intent === null ? 'spec' : 'intent',
    )
  }
  if (intent !== null) {
    add(
      {
        key: 'intent',
        kind: 'intent',
        label: `intent, revision ${intent.revision}`,
        entity: { type: 'Intent', id: intent.id },
        detail: `revision: ${intent.revision}`,
      },
      'spec',
    )
  }
  if (dataset !== null) {
    add(
      {
        key: 'images',
        kind: 'images',
        label: `${dataset.images.length} ${dataset.images.length === 1 ? 'image' : 'images'}`,
        entity: null,
        detail: dataset.images.map(({ sha256, caption }) => `${sha256} ${caption}`).join('\n'),
      },
      'dataset',
    )
    if (verdicts !== null) {
      add(
        {
          key: 'verdicts',
          kind: 'verdicts',
          label: `${verdicts.accepted} accepted, ${verdicts.rejected} rejected, ${verdicts.unsure} unsure`,
          entity: { type: 'Curation', id: verdicts.curationId },
          detail: `reviewers: ${verdicts.reviewers.join(', ')}`,
        },
        'dataset',
      )
    }
    add(
      {
        key: 'dataset',
        kind: 'dataset',
        label: `data set version ${dataset.hash.replace('sha256:', '').slice(0, 12)}`,
        entity: { type: 'DatasetVersion', id: dataset.id },
        detail: dataset.hash,
      },
      'spec',
    )
  }
  add(
    {
      key: 'spec',
      kind: 'spec',
      label: `${spec.name} ${spec.version}`,
      entity: { type: 'Spec', id: spec.id },
      detail: spec.hash,
    },
    'run',
  )
  add(
    {
      key: 'base_model',
      kind: 'base_model',
      label: baseModel.title,
      entity: null,
      detail: `id: ${baseModel.id}\nlicence: ${baseModel.licence}`,
    },
    'run',
  )
  add(
    {
      key: 'code',
      kind: 'code',
      label: `${code.length} ${code.length === 1 ? 'component' : 'components'}`,
      entity: null,
      detail: code
        .map(
          ({ step, image, digest, cached }) =>
            `${step}: ${image} ${digest ?? 'digest unknown'}${cached ? ' (result of an earlier run)' : ''}`,
        )
        .join('\n'),
    },
    'run',
  )
  add(
    {
      key: 'environment',
      kind: 'environment',
      label: 'environment',
      entity: null,
      detail: [
        `lock: ${environment.lockHash}`,
        ...environment.versions.map(({ name, value }) => `${name}: ${value}`),
      ].join('\n'),
    },
    'run',
  )
  add(
    {
      key: 'run',
      kind: 'run',
      label: `run, seed ${run.seed}`,
      entity: { type: 'Run', id: run.id },
      detail: `seed: ${run.seed}\nseconds: ${Math.round(run.seconds)}\nended: ${run.endedAt.toISOString()}`,
    },
    'model',
  )
  add({
    key: 'model',
    kind: 'model',
    label: `${model.name}, version ${model.version}`,
    entity: { type: 'ModelVersion', id: model.versionId },
    detail: '',
  })
  return { nodes, edges }
}
