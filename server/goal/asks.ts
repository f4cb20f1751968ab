import {
  applyOperations,
  diffIntents,
  diffSpecs,
  readFollowUp,
  rebaseSpec,
  revise,
  synthesise,
  unasked,
  type DatasetFacts,
  type Device,
  type FollowUp,
  type PlanFacts,
} from '#intelligence/index.ts'
import type { CostQuote } from '#schema/domain/cost.ts'
import { DomainError, InvalidError } from '#schema/domain/errors.ts'
import type { StoredIntent } from '#schema/domain/goal.ts'
import type { Id } from '#schema/domain/id.ts'
import { intentSchema, type Intent } from '#schema/domain/intent.ts'
import { operationsSchema, type Change, type Operation } from '#schema/domain/operation.ts'
import type { Viewer } from '#schema/domain/person.ts'
import { printSpec, type Spec } from '#schema/domain/spec.ts'
import type { StoredSpec } from '#schema/domain/stored-spec.ts'
import type { AsksPort } from '#schema/ports/ask.ts'
import { requireProject } from '../auth/access.ts'
import type { Audit } from '../audit/audit.ts'
import type { Db } from '../db/pool.ts'
import { specById } from '../spec/spec-store.ts'
import { specOf } from '../spec/specs.ts'
import { newestIntent } from './goals.ts'

export interface AsksDeps {
  readonly db: Db
  readonly audit: Audit
  newId(): Id
  now(): Date
  device(): Promise<Device>
  defaultBaseModel(): string
  /** What the plan will take and cost. */
  quote(viewer: Viewer, specId: Id): Promise<CostQuote>
  /** Stores a changed plan as the next version of its pipeline. */
  keepSpec(
    viewer: Viewer,
    source: StoredSpec,
    changed: Spec,
    intentId: Id | null,
  ): Promise<StoredSpec>
}

/** What a plan keeps because its pictures are captioned with it: words alone do not change it. */
function noticeOf(
  said: FollowUp,
  changes: readonly Change[],
  facts: DatasetFacts | null,
): string | null {
  if (facts === null) return said.notice
  const captioned = changes.flatMap(({ path, after }) => {
    const held =
      path === 'subject.classNoun'
        ? facts.classNoun
        : path === 'triggerWord'
          ? facts.triggerWord
          : ''
    return held === '' || held === after || after === null ? [] : [{ held, after }]
  })
  const notes = captioned.map(({ held, after }) =>
    said.language === 'ko'
      ? `이 계획의 데이터셋 캡션은 ‘${held}’(으)로 쓰여 있어 계획은 그대로입니다. ‘${after}’(은)는 다음 데이터셋부터 쓰입니다.`
      : `The captions of this plan’s data set say “${held}”, so the plan stays as it is: “${after}” holds from the next data set on.`,
  )
  return [said.notice, ...notes].filter((note) => note !== null).join(' ') || null
}

interface Ground {
  readonly projectId: Id
  readonly intent: StoredIntent
  readonly stored: StoredSpec | null
}

/** Conversations about a plan: words become a proposal, a proposal becomes revisions; nothing else is ever changed. */
export function createAsks(deps: AsksDeps): AsksPort {
  const { db } = deps

  async function groundOf(viewer: Viewer, goalId: Id, specId: Id | null): Promise<Ground> {
    const goal = await db
      .selectFrom('goal')
      .select('project_id')
      .where('id', '=', goalId)
      .executeTakeFirst()
    if (goal === undefined) throw new DomainError('NOT_FOUND', 'There is no such goal.')
    await requireProject(db, viewer, goal.project_id)
    const intent = await newestIntent(db, goalId)
    if (intent === null) throw new DomainError('NOT_FOUND', 'This goal has not been read.')
    const stored = specId === null ? null : await specById(db, specId)
    if (specId !== null && stored?.projectId !== goal.project_id)
      throw new DomainError('NOT_FOUND', 'There is no such plan in the goal’s project.')
    return { projectId: goal.project_id, intent, stored }
  }

  function revised(intent: Intent, operations: readonly Operation[]): Intent {
    let body = intent
    for (const operation of operations) {
      if (operation.kind === 'slot')
        body = revise(body, operation.path, operation.value, {
          defaultBaseModel: deps.defaultBaseModel(),
        })
    }
    return body
  }

  /** The plan after the operations; null without a plan. Slots are synthesised anew, edits by hand stay. */
  async function replan(
    ground: Ground,
    body: Intent,
    operations: readonly Operation[],
  ): Promise<Spec | null> {
    const { stored, intent } = ground
    if (stored === null) {
      const other = operations.find((operation) => operation.kind !== 'slot')
      if (other !== undefined)
        throw new DomainError('BAD_INPUT', 'There is no plan yet that this could change.')
      return null
    }
    const old = specOf(stored)
    let spec = old
    if (operations.some((operation) => operation.kind === 'slot')) {
      const facts = await factsOf(stored)
      if (facts !== null) {
        const options = {
          pipelineId: old.pipelineId,
          createdAt: old.createdAt,
          device: await deps.device(),
          name: old.name,
          version: old.version,
        }
        let before: Spec | null = null
        try {
          before = synthesise(unasked(await madeFrom(stored, intent)), facts, options)
        } catch (error) {
          if (!(error instanceof DomainError)) throw error
        }
        spec = rebaseSpec(old, before, synthesise(unasked(body), facts, options))
      }
    }
    return applyOperations(spec, operations)
  }

  /** The intent that the plan was made from: what differs from its own plan was edited by hand. */
  async function madeFrom(stored: StoredSpec, newest: StoredIntent): Promise<Intent> {
    if (stored.intentId === null || stored.intentId === newest.id) return newest.body
    const row = await db
      .selectFrom('intent')
      .select('body')
      .where('id', '=', stored.intentId)
      .executeTakeFirst()
    return row === undefined ? newest.body : intentSchema.parse(row.body)
  }

  async function factsOf(stored: StoredSpec): Promise<DatasetFacts | null> {
    if (stored.datasetVersionId === null) return null
    const row = await db
      .selectFrom('dataset_version')
      .select(['hash', 'image_count', 'class_noun', 'trigger_word'])
      .where('id', '=', stored.datasetVersionId)
      .executeTakeFirst()
    return row === undefined
      ? null
      : {
          hash: row.hash,
          images: row.image_count,
          classNoun: row.class_noun,
          triggerWord: row.trigger_word,
        }
  }

  const factsOrNull = async (stored: StoredSpec | null): Promise<DatasetFacts | null> =>
    stored === null ? null : factsOf(stored)

  async function factsFor(viewer: Viewer, stored: StoredSpec): Promise<PlanFacts> {
    const quote = await deps.quote(viewer, stored.id).catch((error: unknown) => {
      // a cluster that cannot be reached tells no device and so no price
      if (error instanceof DomainError) return null
      throw error
    })
    return {
      seconds: quote?.seconds ?? stored.estimate?.seconds ?? null,
      memoryBytes: stored.estimate?.memoryBytes ?? null,
      costs: quote?.costs ?? [],
      unpriced: quote?.unpriced ?? [],
    }
  }

  /** The next revision; the one that is there where nothing changes. @throws DomainError CONFLICT after a change by somebody else */
  async function storeIntent(
    { projectId, intent: { goalId, revision, body: before }, intent }: Ground,
    viewer: Viewer,
    body: Intent,
    action: string,
  ): Promise<StoredIntent> {
    if (diffIntents(before, body).length === 0) return intent
    return db.transaction().execute(async (trx) => {
      // The goal's row is the lock: two answers at once make two revisions.
      await trx.selectFrom('goal').select('id').where('id', '=', goalId).forUpdate().execute()
      const newest = await newestIntent(trx, goalId)
      if (newest === null) throw new DomainError('NOT_FOUND', 'This goal has not been read.')
      if (newest.revision !== revision) throw conflict(newest.revision)
      const row = await trx
        .insertInto('intent')
        .values({
          id: deps.newId(),
          goal_id: goalId,
          revision: newest.revision + 1,
          body: JSON.stringify(body),
        })
        .returning(['id', 'goal_id', 'revision'])
        .executeTakeFirstOrThrow()
      await deps.audit(trx, {
        viewer,
        projectId,
        action,
        subject: row.id,
        body: { goal: goalId, revision: row.revision },
      })
      return { id: row.id, goalId, revision: row.revision, body }
    })
  }

  const conflict = (revision: number): DomainError =>
    new DomainError(
      'CONFLICT',
      'Somebody changed this plan meanwhile: look at it again, then repeat your change.',
      { revision },
    )

  return {
    async propose(viewer, input) {
      const ground = await groundOf(viewer, input.goalId, input.specId)
      const spec = ground.stored === null ? null : specOf(ground.stored)
      const context = {
        intent: ground.intent.body,
        spec,
        defaultBaseModel: deps.defaultBaseModel(),
      }
      const first = readFollowUp(input.text, context)
      // what only the platform knows is looked up when it is asked for
      const said =
        ground.stored !== null &&
        first.reasons.some(({ about }) => ['time', 'cost', 'memory'].includes(about))
          ? readFollowUp(input.text, { ...context, facts: await factsFor(viewer, ground.stored) })
          : first
      const body = revised(ground.intent.body, said.operations)
      const after =
        said.operations.length === 0 ? spec : await replan(ground, body, said.operations)
      const changes = spec === null || after === null ? [] : diffSpecs(spec, after)
      const intentChanges = diffIntents(ground.intent.body, body)
      return {
        ...said,
        notice: noticeOf(said, intentChanges, await factsOrNull(ground.stored)),
        revision: ground.intent.revision,
        intentChanges,
        specChanges: changes,
        specText: after === null || changes.length === 0 ? null : printSpec(after),
      }
    },

    async apply(viewer, input) {
      const parsed = operationsSchema.safeParse(input.operations)
      if (!parsed.success || parsed.data.length === 0) {
        const problems = (parsed.error?.issues ?? []).slice(0, 20).map((issue) => ({
          path: `operations.${issue.path.join('.')}`,
          code: 'OPERATION',
          message: `operations.${issue.path.join('.')}: ${issue.message}`,
        }))
        throw new InvalidError(
          'BAD_INPUT',
          problems[0]?.message ?? 'operations: there is nothing to apply.',
          problems,
        )
      }
      const operations = parsed.data
      const ground = await groundOf(viewer, input.goalId, input.specId)
      if (input.revision !== null && input.revision !== ground.intent.revision)
        throw conflict(ground.intent.revision)
      // everything is tried before anything is stored
      const body = revised(ground.intent.body, operations)
      const spec = await replan(ground, body, operations)
      const intent = await storeIntent(ground, viewer, body, 'askApply')
      const changed = intent !== ground.intent
      const stored =
        spec === null ||
        ground.stored === null ||
        diffSpecs(specOf(ground.stored), spec).length === 0
          ? ground.stored
          : await deps.keepSpec(viewer, ground.stored, spec, changed ? intent.id : null)
      return { intent, spec: stored, undoRevision: ground.intent.revision, undoSpec: ground.stored }
    },

    async undo(viewer, input) {
      const ground = await groundOf(viewer, input.goalId, input.spec)
      const { stored } = ground
      const back =
        input.to === null ? null : (await groundOf(viewer, input.goalId, input.to)).stored
      if ((input.spec === null) !== (input.to === null))
        throw new DomainError('BAD_INPUT', 'spec, to: give both plans or none.')
      if (stored?.pipelineId !== back?.pipelineId)
        throw new DomainError('BAD_INPUT', 'to: this is not an earlier version of the same plan.')
      const row = await db
        .selectFrom('intent')
        .select('body')
        .where('goal_id', '=', input.goalId)
        .where('revision', '=', input.revision)
        .executeTakeFirst()
      if (row === undefined)
        throw new DomainError('NOT_FOUND', `This goal has no revision ${input.revision}.`)
      const body = intentSchema.parse(row.body)
      if (input.seen !== null && input.seen !== ground.intent.revision)
        throw conflict(ground.intent.revision)
      const intent = await storeIntent(ground, viewer, body, 'askUndo')
      const changed = intent !== ground.intent
      const spec =
        stored === null || back === null || diffSpecs(specOf(stored), specOf(back)).length === 0
          ? stored
          : await deps.keepSpec(viewer, stored, specOf(back), changed ? intent.id : null)
      return { intent, spec, undoRevision: ground.intent.revision, undoSpec: stored }
    },
  }
}
