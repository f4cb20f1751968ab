import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { curation } from '#intelligence/index.ts'
import { DomainError } from '#schema/domain/errors.ts'
import type { Id } from '#schema/domain/id.ts'
import type { Viewer } from '#schema/domain/person.ts'
import type {
  Pool,
  PoolAccount,
  PoolEntry,
  PoolOutcome,
  UploadTicket,
  VectorsImport,
} from '#schema/domain/pool.ts'
import type { Audit } from '../audit/audit.ts'
import type { Db } from '../db/pool.ts'
import type { ArtifactStore } from '../store/artifact-store.ts'
import { hashFile } from '../store/hash-file.ts'
import { inspectImage } from './image-inspect.ts'
import { importVectors, refusedVectors } from './import-vectors.ts'
import { insertEntry, readAccount, touchPool } from './pool-store.ts'
import { uploadFiles } from './upload-stream.ts'
import { zipEntries } from './zip-entries.ts'

const ticketMinutes = 60
const maxFileBytes = 64 * 1024 * 1024
const nearHamming = 6

export interface IntakeDeps {
  readonly db: Db
  readonly store: ArtifactStore
  /** A folder for files on their way, on the same disk as the store. */
  readonly tempFolder: string
  newId(): Id
  now(): Date
  /** Called when a pool has new images to look at. */
  onImages(poolId: Id): void
  audit: Audit
  log(message: string, facts?: object): void
}

/** Takes files into pools: every offered file becomes one line of the account. */
export interface Intake {
  begin(input: { id: Id | null; pool: Pool; viewer: Viewer }): Promise<UploadTicket>
  /** Takes a multipart request with a ticket's secret. @throws DomainError FORBIDDEN for a used, expired or wrong ticket */
  receive(
    ticket: string,
    request: IncomingMessage,
  ): Promise<{ entries: PoolEntry[]; account: PoolAccount; vectors: VectorsImport[] }>
  /** Takes files that are on this machine already (the sample project). */
  takeFiles(poolId: Id, files: readonly { path: string; fileName: string }[]): Promise<PoolEntry[]>
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

function isVectors(fileName: string): boolean {
  return /\.safetensors$/i.test(fileName)
}

interface Offered {
  readonly fileName: string
  readonly path: string
  readonly bytes: number
  readonly sha256: string
}

/** The pool's pictures as far as an upload has seen them. */
interface Known {
  /** Perceptual hashes by image. */
  readonly dhashes: Map<Id, string>
  /** Keys from here on may have come since. */
  since: Id
}

export function createIntake(deps: IntakeDeps): Intake {
  const { db, store, newId } = deps

  async function line(
    poolId: Id,
    ticketId: Id | null,
    offered: { fileName: string; bytes: number },
    outcome: PoolOutcome,
    message: string,
    duplicateOf: Id | null = null,
  ): Promise<PoolEntry> {
    return db.transaction().execute(async (trx) => {
      const entry = await insertEntry(trx, {
        id: newId(),
        poolId,
        ticketId,
        fileName: offered.fileName,
        outcome,
        message,
        bytes: offered.bytes,
        imageId: null,
        duplicateOf,
      })
      await touchPool(trx, poolId)
      return entry
    })
  }

  async function known(poolId: Id): Promise<Known> {
    const since = keyNow()
    const images = await db
      .selectFrom('image')
      .select(['id', 'dhash'])
      .where('pool_id', '=', poolId)
      .where('excluded_reason', 'is', null)
      .orderBy('id')
      .execute()
    return { dhashes: new Map(images.map(({ id, dhash }) => [id, dhash])), since }
  }

  // Keys sort by time, and two processes' clocks differ by some seconds.
  function keyNow(): Id {
    const time = (deps.now().getTime() - 10_000).toString(16).padStart(12, '0')
    return `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`
  }

  async function sameBytes(
    poolId: Id,
    sha256: string,
  ): Promise<{ id: Id; fileName: string } | null> {
    const row = await db
      .selectFrom('image')
      .select(['id', 'file_name'])
      .where('pool_id', '=', poolId)
      .where('sha256', '=', sha256)
      .executeTakeFirst()
    return row === undefined ? null : { id: row.id, fileName: row.file_name }
  }

  async function take(
    poolId: Id,
    ticketId: Id | null,
    offered: Offered,
    folder: string,
    before: Known,
  ): Promise<PoolEntry> {
    try {
      const same = await sameBytes(poolId, offered.sha256)
      if (same !== null) {
        return await line(
          poolId,
          ticketId,
          offered,
          'EXACT_DUPLICATE',
          `The same file as ${same.fileName}.`,
          same.id,
        )
      }
      const account = await inspectImage(offered.path, { into: folder, fileName: offered.fileName })
      if (!('normalised' in account)) {
        return await line(poolId, ticketId, offered, account.outcome, account.message)
      }
      await store.putFile(account.normalised.path, { move: true })
      await store.putFile(account.thumbnail.path, { move: true })
      const id = newId()
      const entry = await db.transaction().execute(async (trx) => {
        // The pool's row is the lock: of two like pictures that come by two uploads at once, one is the duplicate.
        await trx
          .selectFrom('pool')
          .select('id')
          .where('id', '=', poolId)
          .forNoKeyUpdate()
          .execute()
        const next = keyNow()
        const others = await trx
          .selectFrom('image')
          .select(['id', 'dhash'])
          .where('pool_id', '=', poolId)
          .where('excluded_reason', 'is', null)
          .where('id', '>=', before.since)
          .execute()
        for (const other of others) before.dhashes.set(other.id, other.dhash)
        before.since = next
        const near =
          account.outcome === 'STORED'
            ? [...before.dhashes].find(
                ([, dhash]) => curation.hammingDistance(dhash, account.dhash) <= nearHamming,
              )?.[0]
            : undefined
        const outcome: PoolOutcome = near === undefined ? account.outcome : 'NEAR_DUPLICATE'
        const twin =
          near === undefined
            ? null
            : await trx
                .selectFrom('image')
                .select('file_name')
                .where('id', '=', near)
                .executeTakeFirst()
        const message =
          near === undefined
            ? account.message
            : twin == null
              ? 'Looks the same as a picture that is already here.'
              : `Looks the same as ${twin.file_name}.`
        const inserted = await trx
          .insertInto('image')
          .values({
            id,
            pool_id: poolId,
            sha256: offered.sha256,
            blob_sha256: account.normalised.sha256,
            thumbnail_sha256: account.thumbnail.sha256,
            file_name: offered.fileName,
            format: account.format,
            width: account.width,
            height: account.height,
            bytes: account.normalised.bytes,
            measures: JSON.stringify(account.measures),
            dhash: account.dhash,
            excluded_reason: outcome === 'STORED' ? null : outcome,
            excluded_message: outcome === 'STORED' ? null : message,
            duplicate_of: near ?? null,
          })
          .onConflict((conflict) => conflict.columns(['pool_id', 'sha256']).doNothing())
          .returning('id')
          .executeTakeFirst()
        const stored = inserted !== undefined
        const written = await insertEntry(trx, {
          id: newId(),
          poolId,
          ticketId,
          fileName: offered.fileName,
          outcome: stored ? outcome : 'EXACT_DUPLICATE',
          message: stored ? message : 'The same file was sent at the same time.',
          bytes: offered.bytes,
          imageId: stored ? id : null,
          duplicateOf: near ?? null,
        })
        await touchPool(trx, poolId)
        return written
      })
      return entry
    } catch (error) {
      if (error instanceof DomainError && error.code === 'STORAGE_FULL') {
        return await line(poolId, ticketId, offered, 'REFUSED', error.message)
      }
      // One file must not end the others: it gets its line, and the next one is taken in.
      deps.log('a file could not be taken in', {
        poolId,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      })
      return await line(
        poolId,
        ticketId,
        offered,
        'REFUSED',
        'It could not be taken in here: send it again.',
      )
    } finally {
      await rm(offered.path, { force: true })
    }
  }

  async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
    await mkdir(deps.tempFolder, { recursive: true })
    const folder = await mkdtemp(join(deps.tempFolder, 'upload-'))
    try {
      return await work(folder)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  async function openTicket(text: string): Promise<{ id: Id; poolId: Id; viewer: Viewer }> {
    const [id, secret] = text.split('.')
    const refused = new DomainError(
      'FORBIDDEN',
      'This upload address is used up, too old or mistyped: ask for a new one.',
    )
    if (id === undefined || secret === undefined || !/^[0-9a-f-]{36}$/.test(id)) throw refused
    const row = await db
      .selectFrom('upload_ticket')
      .innerJoin('person', 'person.id', 'upload_ticket.created_by')
      .select([
        'upload_ticket.id',
        'upload_ticket.pool_id',
        'upload_ticket.secret_hash',
        'upload_ticket.expires_at',
        'upload_ticket.used_at',
        'person.id as person_id',
        'person.name',
        'person.role',
      ])
      .where('upload_ticket.id', '=', id)
      .executeTakeFirst()
    if (
      row === undefined ||
      row.used_at !== null ||
      row.expires_at.getTime() < deps.now().getTime()
    )
      throw refused
    if (!timingSafeEqual(Buffer.from(row.secret_hash, 'hex'), Buffer.from(hashOf(secret), 'hex')))
      throw refused
    // One use: of two requests at once, one finds the row already marked.
    const taken = await db
      .updateTable('upload_ticket')
      .set({ used_at: deps.now() })
      .where('id', '=', id)
      .where('used_at', 'is', null)
      .returning('id')
      .executeTakeFirst()
    if (taken === undefined) throw refused
    const viewer = { id: row.person_id, name: row.name, role: row.role }
    return { id: row.id, poolId: row.pool_id, viewer }
  }

  return {
    async begin({ viewer, pool, ...input }) {
      const secret = randomBytes(24).toString('base64url')
      const id = input.id ?? newId()
      const expiresAt = new Date(deps.now().getTime() + ticketMinutes * 60_000)
      const inserted = await db.transaction().execute(async (trx) => {
        const row = await trx
          .insertInto('upload_ticket')
          .values({
            id,
            pool_id: pool.id,
            secret_hash: hashOf(secret),
            created_by: viewer.id,
            expires_at: expiresAt,
          })
          .onConflict((conflict) => conflict.column('id').doNothing())
          .returning('id')
          .executeTakeFirst()
        if (row !== undefined)
          await deps.audit(trx, {
            viewer,
            projectId: pool.projectId,
            action: 'uploadBegin',
            subject: pool.id,
            body: { ticket: id },
          })
        return row
      })
      // A secret is told once; a repeated id cannot have it again.
      if (inserted === undefined)
        throw new DomainError(
          'ID_REUSED',
          `The id ${id} was already given an upload address: make a new one.`,
        )
      return { id, url: `/upload/${id}.${secret}`, maxFileBytes, expiresAt }
    },
    async receive(text, request) {
      const ticket = await openTicket(text)
      let entries: PoolEntry[]
      const vectors: VectorsImport[] = []
      try {
        entries = await inFolder(async (folder) => {
          const before = await known(ticket.poolId)
          const lines: PoolEntry[] = []
          const vectorFiles: Offered[] = []
          for await (const file of uploadFiles(request, { into: folder })) {
            if (file.truncated) {
              await rm(file.path, { force: true })
              lines.push(await line(ticket.poolId, ticket.id, file, 'TOO_LARGE', file.message))
            } else if (file.isZip) {
              for await (const entry of zipEntries(file.path, { into: folder })) {
                if (entry.kind === 'file' && isVectors(entry.fileName)) vectorFiles.push(entry)
                else if (entry.kind === 'file')
                  lines.push(await take(ticket.poolId, ticket.id, entry, folder, before))
                else {
                  // What is said of the zip as a whole goes under its own name.
                  const fileName = entry.fileName === '' ? file.fileName : entry.fileName
                  const named = { ...entry, fileName }
                  lines.push(
                    await line(ticket.poolId, ticket.id, named, entry.outcome, entry.message),
                  )
                }
              }
              await rm(file.path, { force: true })
            } else if (isVectors(file.fileName)) vectorFiles.push(file)
            else lines.push(await take(ticket.poolId, ticket.id, file, folder, before))
          }
          // Wherever it was in the form: the pictures that it names must be there first.
          for (const file of vectorFiles)
            vectors.push(
              await importVectors({ db, audit: deps.audit }, { ...file, ...ticket }).catch(
                (error: unknown) => refusedVectors(file.fileName, error),
              ),
            )
          return lines
        })
      } finally {
        // Also when the sender went away half-way: what has arrived is looked at.
        deps.onImages(ticket.poolId)
      }
      return { entries, account: await readAccount(db, ticket.poolId), vectors }
    },
    async takeFiles(poolId, files) {
      const lines = await inFolder(async (folder) => {
        const before = await known(poolId)
        const taken: PoolEntry[] = []
        for (const [index, file] of files.entries()) {
          const path = join(folder, `local-${index}`)
          await copyFile(file.path, path)
          const { sha256, bytes } = await hashFile(path)
          taken.push(
            await take(
              poolId,
              null,
              { fileName: file.fileName, path, bytes, sha256 },
              folder,
              before,
            ),
          )
        }
        return taken
      })
      deps.onImages(poolId)
      return lines
    },
  }
}
