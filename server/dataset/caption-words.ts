import { captionFor } from '#intelligence/index.ts'
import type { Id } from '#schema/domain/id.ts'
import { slotValue, type Task } from '#schema/domain/intent.ts'
import type { Db } from '../db/pool.ts'
import { newestGoal, newestIntent } from '../goal/goals.ts'
import { readSights } from '../pool/pool-store.ts'

/** What a project's captions are made of. */
export interface CaptionWords {
  readonly triggerWord: string
  readonly classNoun: string
  readonly task: Task
  /** The caption of a picture that has none of its own. */
  readonly template: string
}

/** From the newest goal; the class noun from what the pictures show where no goal says it. */
export async function captionWords(db: Db, projectId: Id): Promise<CaptionWords> {
  const goal = await newestGoal(db, projectId)
  const intent = goal === null ? null : await newestIntent(db, goal.id)
  const pool = await db
    .selectFrom('pool')
    .select('id')
    .where('project_id', '=', projectId)
    .executeTakeFirstOrThrow()
  const sight = (await readSights(db, pool.id))[0]
  const triggerWord = (intent === null ? undefined : slotValue(intent.body, 'triggerWord')) ?? 'sks'
  const classNoun =
    (intent === null ? undefined : slotValue(intent.body, 'subject.classNoun')) ??
    sight?.classNoun ??
    'thing'
  const task = (intent === null ? undefined : slotValue(intent.body, 'task')) ?? 'subject'
  return { triggerWord, classNoun, task, template: captionFor(triggerWord, classNoun, task) }
}
