import { sql, type RawBuilder } from 'kysely'
import { DomainError } from '#schema/domain/errors.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { VectorsImport } from '#schema/domain/pool.ts'
import type { Audit } from '../audit/audit.ts'
import type { Db, Trx } from '../db/pool.ts'
import { halfvecText } from './halfvec-text.ts'
import { imagesByName } from './images-by-name.ts'
import { importedEmbedder, isImported } from './pool-embedding.ts'
import { touchPool } from './pool-store.ts'
import { openVectorFile } from './vector-file.ts'

const atOnce = 500

/**
 * Gives a pool's pictures vectors that were made elsewhere, and compares them by those from then on. All or nothing: every
 * used picture needs one.
 *
 * @throws DomainError BAD_INPUT for a file, a name or a number that does not do; ILLEGAL_STATE while a review is open
 */
export async function importVectors(
  deps: { db: Db; audit: Audit },
  input: { poolId: Id; viewer: Viewer; fileName: string; path: string },
): Promise<VectorsImport> {
  await using file = await openVectorFile(input.path)
  const embedder = embedderOf(file.embedder ?? input.fileName)
  const imageOf = await matched(deps.db, input.poolId, file.names)
  await deps.db.transaction().execute(async (trx) => {
    const pool = await trx
      .selectFrom('pool')
      .select('project_id')
      .where('id', '=', input.poolId)
      .forUpdate()
      .executeTakeFirstOrThrow()
    await mustNotBeOpen(trx, input.poolId)
    await deleteVectors(trx, input.poolId, embedder)
    let values: { image_id: Id; embedder: string; vector: RawBuilder<string> }[] = []
    const insert = async (): Promise<void> => {
      if (values.length === 0) return
      await trx.insertInto('embedding').values(values).execute()
      values = []
    }
    for await (const { row, vector } of file.vectors()) {
      const image = imageOf.get(row)
      if (image === undefined) continue
      const text = halfvecText(unitRow(vector, file.names[row]!, row))
      values.push({ image_id: image, embedder, vector: sql<string>`${text}::halfvec` })
      if (values.length === atOnce) await insert()
    }
    await insert()
    await trx
      .updateTable('pool')
      .set({
        embedder,
        embedder_why: `Vectors from ${input.fileName} compare the pictures (${file.dim} numbers each).`,
        embedding_state: 'DONE',
        embedding_message: '',
      })
      .where('id', '=', input.poolId)
      .execute()
    await touchPool(trx, input.poolId)
    await deps.audit(trx, {
      viewer: input.viewer,
      projectId: pool.project_id,
      action: 'vectorsImport',
      subject: input.poolId,
      body: { embedder, images: imageOf.size, dim: file.dim, file: input.fileName },
    })
  })
  return {
    fileName: input.fileName,
    outcome: 'IMPORTED',
    message: `${imageOf.size} pictures have vectors of ${file.dim} numbers from ${embedder}.`,
    embedder,
    images: imageOf.size,
    dim: file.dim,
  }
}

async function mustNotBeOpen(trx: Trx, poolId: Id): Promise<void> {
  const open = await trx
    .selectFrom('curation')
    .select('embedder')
    .where('pool_id', '=', poolId)
    .where('state', '=', 'OPEN')
    .executeTakeFirst()
  if (open !== undefined)
    throw new DomainError(
      'ILLEGAL_STATE',
      `A review of these pictures is open and compares them by ${open.embedder}: finish it first.`,
    )
}

async function deleteVectors(trx: Trx, poolId: Id, embedder: string): Promise<void> {
  await trx
    .deleteFrom('embedding')
    .where('embedder', '=', embedder)
    .where('image_id', 'in', (on) =>
      on.selectFrom('image').select('image.id').where('image.pool_id', '=', poolId),
    )
    .execute()
}

/** Deletes a pool's imported vectors: the pictures are looked at here again. False when there were none. */
export async function forgetVectors(
  deps: { db: Db; audit: Audit },
  input: { poolId: Id; viewer: Viewer },
): Promise<boolean> {
  return deps.db.transaction().execute(async (trx) => {
    const pool = await trx
      .selectFrom('pool')
      .select(['project_id', 'embedder'])
      .where('id', '=', input.poolId)
      .forUpdate()
      .executeTakeFirstOrThrow()
    const { embedder } = pool
    if (embedder === null || !isImported(embedder)) return false
    await mustNotBeOpen(trx, input.poolId)
    await deleteVectors(trx, input.poolId, embedder)
    await trx
      .updateTable('pool')
      .set({ embedder: null, embedder_why: '', embedding_state: 'WAITING' })
      .where('id', '=', input.poolId)
      .execute()
    await touchPool(trx, input.poolId)
    await deps.audit(trx, {
      viewer: input.viewer,
      projectId: pool.project_id,
      action: 'vectorsForget',
      subject: input.poolId,
      body: { embedder },
    })
    return true
  })
}

/** "dinov2.safetensors" and "DINOv2" both are imported:dinov2. */
function embedderOf(name: string): string {
  const stem = name
    .split('/')
    .at(-1)!
    .replace(/\.safetensors$/i, '')
  const plain = stem
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
  const short = plain.replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '').slice(0, 60)
  return importedEmbedder(short === '' ? 'vectors' : short)
}

/** The picture of each row that names one of the pool's. */
async function matched(db: Db, poolId: Id, names: readonly string[]): Promise<Map<number, Id>> {
  const { images, byName } = await imagesByName(db, poolId)
  const offered = new Set(
    (
      await db
        .selectFrom('pool_entry')
        .select('file_name')
        .distinct()
        .where('pool_id', '=', poolId)
        .execute()
    ).flatMap(({ file_name: name }) => [name, name.split('/').at(-1)!]),
  )
  const rowOf = new Map<Id, number>()
  names.forEach((name, row) => {
    const shown = name.slice(0, 200)
    const ids = byName.get(name) ?? []
    if (ids.length > 1)
      throw new DomainError(
        'BAD_INPUT',
        `Row ${row} is for "${shown}", and ${ids.length} pictures have that name: give the names with their folders.`,
        { name: shown, row },
      )
    const [id] = ids
    if (id === undefined) {
      // A file that was offered and not kept (broken, the same twice) has no picture to give a vector to.
      if (offered.has(name)) return
      throw new DomainError(
        'BAD_INPUT',
        `Row ${row} is for "${shown}", but the pool has no such file: add the picture first, or leave the row out.`,
        { name: shown, row },
      )
    }
    if (rowOf.has(id))
      throw new DomainError(
        'BAD_INPUT',
        `Rows ${rowOf.get(id)!} and ${row} are both for "${shown}": leave one out.`,
        { name: shown, row },
      )
    rowOf.set(id, row)
  })
  const without = images.filter((image) => image.used && !rowOf.has(image.id))
  if (without.length > 0)
    throw new DomainError(
      'BAD_INPUT',
      `${without.length} used pictures have no vector in the file, ${without[0]!.fileName} among them: add their rows, or set the pictures aside.`,
      { missing: without.length, name: without[0]!.fileName },
    )
  if (rowOf.size === 0)
    throw new DomainError('POOL_EMPTY', 'The pool has no picture yet: add pictures, then vectors.')
  return new Map([...rowOf].map(([id, row]) => [row, id]))
}

function unitRow(row: Float32Array, name: string, index: number): Float32Array {
  let sum = 0
  for (const value of row) sum += value * value
  if (!Number.isFinite(sum))
    throw new DomainError(
      'BAD_INPUT',
      `The vector of "${name.slice(0, 200)}" (row ${index}) holds a value that is not a finite number.`,
      { name: name.slice(0, 200), row: index },
    )
  if (sum === 0)
    throw new DomainError(
      'BAD_INPUT',
      `The vector of "${name.slice(0, 200)}" (row ${index}) is all zeros: it has no direction.`,
      { name: name.slice(0, 200), row: index },
    )
  const scale = 1 / Math.sqrt(sum)
  return row.map((value) => value * scale)
}

/** What the sender is told of a file of vectors that was not taken. */
export function refusedVectors(fileName: string, error: unknown): VectorsImport {
  if (!(error instanceof DomainError)) throw error
  return {
    fileName,
    outcome: 'REFUSED',
    message: error.message,
    embedder: null,
    images: 0,
    dim: 0,
    code: error.code,
  }
}
