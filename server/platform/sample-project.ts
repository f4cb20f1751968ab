import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Id } from '#schema/domain/id.ts'
import { notify, type Db } from '../db/pool.ts'
import type { Intake } from '../pool/pool-intake.ts'
import { insertProject } from '../project/projects.ts'

const run = promisify(execFile)
const name = 'Sample: my cat'

export interface SampleProjectDeps {
  readonly db: Db
  readonly intake: Intake
  readonly componentsFolder: string
  readonly tempFolder: string
  readonly ownerId: Id
  newId(): Id
  /** The components' Python; the pictures come from a package in its environment. */
  python(): string | null
}

/** The sample project's key, once its pictures are there. */
export async function findSampleProject(db: Db): Promise<Id | null> {
  const row = await db
    .selectFrom('project')
    .innerJoin('pool', 'pool.project_id', 'project.id')
    .select('project.id')
    .where('project.name', '=', name)
    .where(({ exists, selectFrom }) =>
      exists(selectFrom('image').select('image.id').whereRef('image.pool_id', '=', 'pool.id')),
    )
    .orderBy('project.created_at')
    .limit(1)
    .executeTakeFirst()
  return row?.id ?? null
}

/** Makes the project with photographs that ship in scikit-image, unless it is there. */
export async function makeSampleProject(deps: SampleProjectDeps): Promise<void> {
  const python = deps.python()
  if (python === null || (await findSampleProject(deps.db)) !== null) return
  const folder = await mkdtemp(join(deps.tempFolder, 'sample-'))
  try {
    await run(
      python,
      ['-B', join(deps.componentsFolder, 'environment', 'sample_pool.py'), folder],
      { timeout: 300_000 },
    )
    const files = (await readdir(folder)).filter((file) => file !== 'LICENSE.txt').sort()
    const before = await deps.db
      .selectFrom('project')
      .innerJoin('pool', 'pool.project_id', 'project.id')
      .select('pool.id')
      .where('project.name', '=', name)
      .executeTakeFirst()
    const poolId = before?.id ?? deps.newId()
    if (before === undefined) {
      await deps.db
        .transaction()
        .execute((trx) =>
          insertProject(trx, { id: deps.newId(), poolId, name, createdBy: deps.ownerId }),
        )
    }
    await deps.intake.takeFiles(
      poolId,
      files.map((file) => ({ path: join(folder, file), fileName: file })),
    )
    await notify(deps.db, 'platform', '')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
