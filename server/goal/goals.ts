import { explanationOf, koreanName, read, revise, type ReadContext } from '#intelligence/index.ts'
import { DomainError } from '#schema/domain/errors.ts'
import type { Goal, StoredIntent } from '#schema/domain/goal.ts'
import type { Id } from '#schema/domain/id.ts'
import { intentSchema, slotValue } from '#schema/domain/intent.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { Sight } from '#schema/domain/pool.ts'
import type { GoalsPort } from '#schema/ports/goal.ts'
import type { Audit } from '../audit/audit.ts'
import { requireProject } from '../auth/access.ts'
import { madeBefore, slice } from '../db/keyset.ts'
import type { Db, Trx } from '../db/pool.ts'
import { abortable } from '../live/abortable.ts'
import type { LlmReader } from '../llm/llm-reader.ts'
import { previewPlan, type PlanPreviewDeps } from './plan-preview.ts'
import { insertProject } from '../project/projects.ts'

const goalColumns = ['id', 'project_id', 'text', 'language', 'created_by', 'created_at'] as const
const intentColumns = ['id', 'goal_id', 'revision', 'body'] as const

interface GoalRow {
  id: string
  project_id: string
  text: string
  language: string
  created_by: string
  created_at: Date
}

function rowToGoal(row: GoalRow): Goal {
  return {
    id: row.id,
    projectId: row.project_id,
    text: row.text,
    language: row.language,
    createdAt: row.created_at,
  }
}

function rowToIntent(row: {
  id: string
  goal_id: string
  revision: number
  body: unknown
}): StoredIntent {
  return {
    id: row.id,
    goalId: row.goal_id,
    revision: row.revision,
    body: intentSchema.parse(row.body),
  }
}

/** The newest intent of a goal. */
export async function newestIntent(db: Db | Trx, goalId: Id): Promise<StoredIntent | null> {
  const row = await db
    .selectFrom('intent')
    .select(intentColumns)
    .where('goal_id', '=', goalId)
    .orderBy('revision', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? null : rowToIntent(row)
}

/** The newest goal of a project. */
export async function newestGoal(db: Db | Trx, projectId: Id): Promise<Goal | null> {
  const row = await db
    .selectFrom('goal')
    .select(goalColumns)
    .where('project_id', '=', projectId)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? null : rowToGoal(row)
}

export interface GoalsDeps {
  readonly db: Db
  readonly llm: LlmReader
  readonly audit: Audit
  newId(): Id
  /** The base model to take when none is said. */
  defaultBaseModel(): string
  /** The plan that an intent would come to. */
  readonly planning: PlanPreviewDeps
  /** What the pool's pictures show. */
  seen(poolId: Id): Promise<Sight[]>
}

export function createGoals(deps: GoalsDeps): GoalsPort {
  const { db, newId } = deps
  // The first reading builds the lexicons' tables (128 ms measured): not while somebody types.
  setImmediate(() => read('warm up'))

  async function poolOf(projectId: Id): Promise<Id | null> {
    const row = await db
      .selectFrom('pool')
      .select('id')
      .where('project_id', '=', projectId)
      .executeTakeFirst()
    return row?.id ?? null
  }

  async function contextOf(poolId: Id | null): Promise<ReadContext> {
    const seen = poolId === null ? [] : await deps.seen(poolId)
    return { defaultBaseModel: deps.defaultBaseModel(), seen }
  }

  async function requirePool(viewer: Viewer, poolId: Id | null): Promise<void> {
    if (poolId === null) return
    const pool = await db
      .selectFrom('pool')
      .select('project_id')
      .where('id', '=', poolId)
      .executeTakeFirst()
    if (pool === undefined) throw new DomainError('NOT_FOUND', 'There is no such pool.')
    await requireProject(db, viewer, pool.project_id)
  }

  async function goalOrRefuse(viewer: Viewer, id: Id): Promise<Goal> {
    const row = await db
      .selectFrom('goal')
      .select(goalColumns)
      .where('id', '=', id)
      .executeTakeFirst()
    if (row === undefined) throw new DomainError('NOT_FOUND', 'There is no such goal.')
    await requireProject(db, viewer, row.project_id)
    return rowToGoal(row)
  }

  async function find(viewer: Viewer, id: Id): Promise<Goal | null> {
    return goalOrRefuse(viewer, id).catch((error: unknown) => {
      if (error instanceof DomainError && error.code === 'NOT_FOUND') return null
      throw error
    })
  }

  return {
    async read(viewer, text, poolId) {
      await requirePool(viewer, poolId)
      const reading = read(text, await contextOf(poolId))
      return { ...reading, explanation: explanationOf(reading, reading.language) }
    },
    async preview(viewer, { text, images, changes }) {
      const context = await contextOf(null)
      const reading = (await deps.llm.known(viewer, text, context)) ?? read(text, context)
      return previewPlan(
        deps.planning,
        { slots: reading.slots, question: reading.question },
        {
          images,
          changes,
          defaultBaseModel: deps.defaultBaseModel(),
        },
      )
    },
    async refine(viewer, text, poolId) {
      await requirePool(viewer, poolId)
      return deps.llm.read(viewer, text, await contextOf(poolId))
    },
    refining(viewer, text, poolId, outer) {
      return abortable(async function* (signal) {
        await requirePool(viewer, poolId)
        yield* deps.llm.follow(viewer, text, await contextOf(poolId), signal)
      }, outer)
    },
    async submit(viewer, input) {
      const id = input.id ?? newId()
      const before = await db
        .selectFrom('goal')
        .select(goalColumns)
        .where('id', '=', id)
        .executeTakeFirst()
      if (before !== undefined) {
        const same =
          before.text === input.text &&
          before.created_by === viewer.id &&
          (input.projectId === null || input.projectId === before.project_id)
        if (same) return rowToGoal(before)
        throw new DomainError(
          'ID_REUSED',
          `The id ${id} already stands for another goal: make a new one.`,
        )
      }
      if (input.projectId !== null) await requireProject(db, viewer, input.projectId)
      const context = await contextOf(
        input.projectId === null ? null : await poolOf(input.projectId),
      )
      // what the person saw under the text box: the model's reading when it had answered
      const reading =
        (await deps.llm.known(viewer, input.text, context)) ?? read(input.text, context)
      const body = { slots: reading.slots, question: reading.question }
      return db.transaction().execute(async (trx) => {
        const projectId =
          input.projectId ??
          (
            await insertProject(trx, {
              id: newId(),
              poolId: newId(),
              name: titleOf(
                input.text,
                slotValue(body, 'subject.name'),
                slotValue(body, 'subject.classNoun'),
              ),
              createdBy: viewer.id,
            })
          ).id
        const row = await trx
          .insertInto('goal')
          .values({
            id,
            project_id: projectId,
            text: input.text,
            language: reading.language,
            created_by: viewer.id,
          })
          .returning(goalColumns)
          .executeTakeFirstOrThrow()
        await trx
          .insertInto('intent')
          .values({ id: newId(), goal_id: id, revision: 1, body: JSON.stringify(body) })
          .execute()
        // the words stand in the goal's row; the record says who brought them in, and their length
        await deps.audit(trx, {
          viewer,
          projectId,
          action: 'goalSubmit',
          subject: id,
          body: { language: reading.language, characters: input.text.length },
        })
        return rowToGoal(row)
      })
    },
    label(path, value, language) {
      if (language !== 'ko' || typeof value !== 'string') return null
      if (path !== 'subject.classNoun' && path !== 'style') return null
      const name = koreanName(value)
      return name === value ? null : name
    },
    byId: find,
    async latest(viewer, projectId) {
      await requireProject(db, viewer, projectId)
      return newestGoal(db, projectId)
    },
    async list(viewer, projectId, page) {
      await requireProject(db, viewer, projectId)
      let query = db
        .selectFrom('goal')
        .select(goalColumns)
        .where('project_id', '=', projectId)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(page.first + 1)
      if (page.after !== null) query = query.where(madeBefore('goal', page.after))
      return slice((await query.execute()).map(rowToGoal), page.first)
    },
    async intent(viewer, goalId) {
      await goalOrRefuse(viewer, goalId)
      const intent = await newestIntent(db, goalId)
      if (intent === null) throw new DomainError('NOT_FOUND', 'This goal has not been read.')
      return intent
    },
    async intentById(viewer, id) {
      const row = await db
        .selectFrom('intent')
        .select(intentColumns)
        .where('id', '=', id)
        .executeTakeFirst()
      if (row === undefined || (await find(viewer, row.goal_id)) === null) return null
      return rowToIntent(row)
    },
    async revise(viewer, input) {
      const goal = await goalOrRefuse(viewer, input.goalId)
      return db.transaction().execute(async (trx) => {
        // The goal's row is the lock: two edits at once make two revisions.
        await trx
          .selectFrom('goal')
          .select('id')
          .where('id', '=', input.goalId)
          .forUpdate()
          .executeTakeFirst()
        const newest = await newestIntent(trx, input.goalId)
        if (newest === null) throw new DomainError('NOT_FOUND', 'This goal has not been read.')
        if (input.revision !== null && input.revision !== newest.revision) {
          throw new DomainError(
            'CONFLICT',
            'Somebody changed this plan meanwhile: look at it again, then repeat your change.',
            {
              revision: newest.revision,
            },
          )
        }
        const body = revise(newest.body, input.path, input.value, {
          defaultBaseModel: deps.defaultBaseModel(),
        })
        const row = await trx
          .insertInto('intent')
          .values({
            id: newId(),
            goal_id: input.goalId,
            revision: newest.revision + 1,
            body: JSON.stringify(body),
          })
          .returning(intentColumns)
          .executeTakeFirstOrThrow()
        await deps.audit(trx, {
          viewer,
          projectId: goal.projectId,
          action: 'intentRevise',
          subject: row.id,
          body: { goal: input.goalId, revision: row.revision, path: input.path },
        })
        return rowToIntent(row)
      })
    },
  }
}

function titleOf(text: string, name: string | undefined, noun: string | undefined): string {
  if (name !== undefined) return name.slice(0, 200)
  if (noun !== undefined) return noun.charAt(0).toUpperCase() + noun.slice(1, 200)
  const short = text.replace(/\s+/g, ' ').trim()
  return short.length > 60 ? `${short.slice(0, 59)}…` : short
}
