import type { Id } from '#schema/domain/id.ts'
import type { Db } from '../db/pool.ts'

export interface NamedImage {
  readonly id: Id
  readonly fileName: string
  /** Not set aside, or used anyway. */
  readonly used: boolean
}

/** A pool's pictures by name: the name as offered, and its last part ("a.png" of "photos/a.png") where no file is called so. */
export async function imagesByName(
  db: Db,
  poolId: Id,
): Promise<{ images: readonly NamedImage[]; byName: ReadonlyMap<string, readonly Id[]> }> {
  const rows = await db
    .selectFrom('image')
    .select(['id', 'file_name', 'excluded_reason', 'included_anyway'])
    .where('pool_id', '=', poolId)
    .orderBy('id')
    .execute()
  const images = rows.map((row) => ({
    id: row.id,
    fileName: row.file_name,
    used: row.excluded_reason === null || row.included_anyway,
  }))
  const byName = new Map<string, Id[]>()
  const add = (name: string, id: Id): void => {
    const before = byName.get(name)
    if (before === undefined) byName.set(name, [id])
    else before.push(id)
  }
  for (const image of images) add(image.fileName, image.id)
  const whole = new Set(byName.keys())
  for (const image of images) {
    const last = image.fileName.split('/').at(-1)!
    if (!whole.has(last)) add(last, image.id)
  }
  return { images, byName }
}
