import { DomainError } from '#schema/domain/errors.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type { AttributesPort } from '#schema/ports/attribute.ts'
import type { Audit } from '../audit/audit.ts'
import { requireProject } from '../auth/access.ts'
import type { Db, Trx } from '../db/pool.ts'
import { imagesByName } from '../pool/images-by-name.ts'
import { findPool, touchPool } from '../pool/pool-store.ts'
import { csvRows } from './csv.ts'

const mostAttributes = 10
const mostValues = 20
const longest = 60

/** Values of each attribute by image; empty while they are turned off. Never leaves the server but as groups. */
export async function readAttributes(
  db: Db | Trx,
  projectId: Id,
): Promise<Map<string, Map<Id, string>>> {
  const rows = await db
    .selectFrom('image_attribute')
    .select(['image_id', 'name', 'value'])
    .where('project_id', '=', projectId)
    .orderBy('name')
    .execute()
  const found = new Map<string, Map<Id, string>>()
  for (const { name, image_id: image, value } of rows) {
    const values = found.get(name) ?? new Map<Id, string>()
    found.set(name, values.set(image, value))
  }
  return found
}

export function createAttributes(deps: { db: Db; audit: Audit }): AttributesPort {
  const { db, audit } = deps

  async function projectFor(viewer: Viewer, poolId: Id): Promise<Id> {
    const pool = await findPool(db, poolId)
    const gone = new DomainError('NOT_FOUND', 'There is no such pool.')
    if (pool === null) throw gone
    await requireProject(db, viewer, pool.projectId).catch(() => {
      throw gone
    })
    return pool.projectId
  }

  async function isOn(on: Db | Trx, projectId: Id): Promise<boolean> {
    const row = await on
      .selectFrom('attribute_consent')
      .select('project_id')
      .where('project_id', '=', projectId)
      .executeTakeFirst()
    return row !== undefined
  }

  return {
    async of(viewer, poolId) {
      const projectId = await projectFor(viewer, poolId)
      const rows = await db
        .selectFrom('image_attribute')
        .select('name')
        .distinct()
        .where('project_id', '=', projectId)
        .orderBy('name')
        .execute()
      return { on: await isOn(db, projectId), names: rows.map(({ name }) => name) }
    },
    async turnOn(viewer, poolId) {
      const projectId = await projectFor(viewer, poolId)
      await db.transaction().execute(async (trx) => {
        const made = await trx
          .insertInto('attribute_consent')
          .values({ project_id: projectId, turned_on_by: viewer.id })
          .onConflict((conflict) => conflict.column('project_id').doNothing())
          .returning('project_id')
          .executeTakeFirst()
        if (made === undefined) return
        await audit(trx, { viewer, projectId, action: 'attributesOn', subject: poolId, body: {} })
      })
    },
    async turnOff(viewer, poolId) {
      const projectId = await projectFor(viewer, poolId)
      await db.transaction().execute(async (trx) => {
        const values = await trx
          .deleteFrom('image_attribute')
          .where('project_id', '=', projectId)
          .executeTakeFirst()
        const gone = await trx
          .deleteFrom('attribute_consent')
          .where('project_id', '=', projectId)
          .returning('project_id')
          .executeTakeFirst()
        if (gone === undefined) return
        const body = { deleted: Number(values.numDeletedRows) }
        await audit(trx, { viewer, projectId, action: 'attributesOff', subject: poolId, body })
      })
    },
    async import(viewer, poolId, csv) {
      const projectId = await projectFor(viewer, poolId)
      const off = new DomainError(
        'ILLEGAL_STATE',
        'Person attributes are turned off for this project: turn them on first.',
      )
      if (!(await isOn(db, projectId))) throw off
      const { names, values } = await read(poolId, csv)
      return db.transaction().execute(async (trx) => {
        // The consent's row is the lock: what is turned off meanwhile stays empty.
        const on = await trx
          .selectFrom('attribute_consent')
          .select('project_id')
          .where('project_id', '=', projectId)
          .forUpdate()
          .executeTakeFirst()
        if (on === undefined) throw off
        await trx
          .deleteFrom('image_attribute')
          .where('project_id', '=', projectId)
          .where('name', 'in', names)
          .execute()
        const kept = await trx
          .selectFrom('image_attribute')
          .select('name')
          .distinct()
          .where('project_id', '=', projectId)
          .execute()
        if (kept.length + names.length > mostAttributes)
          throw new DomainError(
            'BAD_INPUT',
            `${kept.length + names.length} attributes: ${mostAttributes} are the most in a project.`,
          )
        const rows = values.map((it) => ({ project_id: projectId, ...it }))
        for (let from = 0; from < rows.length; from += 1_000)
          await trx
            .insertInto('image_attribute')
            .values(rows.slice(from, from + 1_000))
            .execute()
        await touchPool(trx, poolId)
        const images = new Set(values.map((it) => it.image_id)).size
        const body = { names, images }
        await audit(trx, { viewer, projectId, action: 'attributesImport', subject: poolId, body })
        return images
      })
    },
  }

  async function read(
    poolId: Id,
    csv: string,
  ): Promise<{ names: string[]; values: { image_id: Id; name: string; value: string }[] }> {
    const [head, ...rows] = csvRows(csv.normalize('NFC'))
    const [file, ...names] = head?.cells ?? []
    if (file?.toLowerCase() !== 'file' || names.length === 0)
      throw new DomainError(
        'BAD_INPUT',
        'The first line of the CSV names its columns: "file", then one for each attribute.',
      )
    names.forEach((name, index) => {
      if (name === '' || name.length > longest)
        throw new DomainError(
          'BAD_INPUT',
          `Column ${index + 2} has a name of ${name.length} characters: 1 to ${longest}.`,
        )
      if (names.indexOf(name) !== index)
        throw new DomainError('BAD_INPUT', `The column "${name}" is there twice.`, { column: name })
    })
    if (names.length > mostAttributes)
      throw new DomainError(
        'BAD_INPUT',
        `${names.length} attributes: ${mostAttributes} are the most in a project.`,
      )
    const { byName } = await imagesByName(db, poolId)
    const lineOf = new Map<Id, number>()
    const distinct = names.map(() => new Set<string>())
    const values: { image_id: Id; name: string; value: string }[] = []
    for (const { line, cells } of rows) {
      const [name = '', ...said] = cells
      const shown = name.slice(0, 200)
      const refuse = (message: string): DomainError =>
        new DomainError('BAD_INPUT', `Line ${line}: ${message}`, { line, file: shown })
      if (cells.length > names.length + 1)
        throw refuse(`${cells.length} cells, but the first line names ${names.length + 1} columns.`)
      const ids = byName.get(name) ?? []
      if (ids.length === 0) throw refuse(`the pool has no file "${shown}".`)
      if (ids.length > 1)
        throw refuse(
          `${ids.length} pictures are called "${shown}": give the name with its folders.`,
        )
      const id = ids[0]!
      if (lineOf.has(id)) throw refuse(`"${shown}" was on line ${lineOf.get(id)!} already.`)
      lineOf.set(id, line)
      names.forEach((column, index) => {
        const value = said[index] ?? ''
        if (value === '') return
        if (value.length > longest)
          throw refuse(`"${column}" has ${value.length} characters: ${longest} are the most.`)
        distinct[index]!.add(value)
        if (distinct[index]!.size > mostValues)
          throw refuse(
            `"${column}" has more than ${mostValues} different values: put them into groups (ages into spans).`,
          )
        values.push({ image_id: id, name: column, value })
      })
    }
    if (values.length === 0) throw new DomainError('BAD_INPUT', 'The CSV gives no picture a value.')
    return { names, values }
  }
}
