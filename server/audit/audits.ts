import { canonicalJson } from '#schema/domain/canonical-json.ts'
import type { AuditFault } from '#schema/domain/audit.ts'
import type { AuditPort } from '#schema/ports/audit.ts'
import { requireProject } from '../auth/access.ts'
import { slice } from '../db/keyset.ts'
import type { Db } from '../db/pool.ts'
import { installation } from './audit.ts'
import { headMac, linkHash } from './chain.ts'

const batch = 1_000
const mostFaults = 100

export function createAudits({ db, secret }: { db: Db; secret: string }): AuditPort {
  /** Walks one chain in batches; the entries it has, and where it is broken. */
  async function walk(chain: string): Promise<{ entries: number; faults: AuditFault[] }> {
    const projectId = chain === installation ? null : chain
    const faults: AuditFault[] = []
    let entries = 0
    let ordinal = 0
    let previous = ''
    for (;;) {
      const rows = await db
        .selectFrom('audit')
        .selectAll()
        .where('project_id', projectId === null ? 'is' : '=', projectId)
        .where('ordinal', '>', ordinal)
        .orderBy('ordinal')
        .limit(batch)
        .execute()
      for (const row of rows) {
        const found = Number(row.ordinal)
        const fault = (message: string): number =>
          faults.push({ projectId, ordinal: found, message })
        if (found !== ordinal + 1)
          fault(
            found === ordinal + 2
              ? `Entry ${ordinal + 1} is missing.`
              : `Entries ${ordinal + 1} to ${found - 1} are missing.`,
          )
        else if (row.previous_hash !== previous)
          fault(`Entry ${found} does not follow the one before it.`)
        const hash = linkHash({
          previous: row.previous_hash,
          ordinal: found,
          person: row.person_id,
          action: row.action,
          subject: row.subject,
          body: canonicalJson(row.body),
          at: row.at,
        })
        if (hash !== row.hash) fault(`Entry ${found} was changed after it was written.`)
        ordinal = found
        previous = row.hash
        entries += 1
      }
      if (rows.length < batch) break
    }
    const head = await db
      .selectFrom('audit_head')
      .selectAll()
      .where('chain', '=', chain)
      .executeTakeFirst()
    const last = Number(head?.ordinal ?? 0)
    if (head === undefined || head.mac !== headMac(secret, chain, last, head.hash))
      faults.push({ projectId, ordinal: last, message: 'The signed end of the chain is not ours.' })
    else if (last > ordinal)
      faults.push({
        projectId,
        ordinal: last,
        message: `Entries ${ordinal + 1} to ${last} are missing at the end.`,
      })
    else if (last < ordinal || head.hash !== previous)
      faults.push({ projectId, ordinal, message: 'The end of the chain was not written by us.' })
    return { entries, faults }
  }

  return {
    async ofProject(viewer, projectId, page) {
      await requireProject(db, viewer, projectId)
      let query = db
        .selectFrom('audit')
        .leftJoin('person', 'person.id', 'audit.person_id')
        .select([
          'audit.id',
          'audit.ordinal',
          'person.name',
          'audit.action',
          'audit.subject',
          'audit.body',
          'audit.at',
        ])
        .where('audit.project_id', '=', projectId)
        .orderBy('audit.id', 'desc')
        .limit(page.first + 1)
      if (page.after !== null) query = query.where('audit.id', '<', page.after)
      const rows = await query.execute()
      return slice(
        rows.map(({ name, ordinal, ...row }) => ({
          ...row,
          ordinal: Number(ordinal),
          person: name,
        })),
        page.first,
      )
    },
    async check() {
      const written = await db.selectFrom('audit').select('project_id').distinct().execute()
      const heads = await db.selectFrom('audit_head').select('chain').execute()
      const chains = new Set([
        ...written.map((row) => row.project_id ?? installation),
        ...heads.map((head) => head.chain),
      ])
      let entries = 0
      const faults: AuditFault[] = []
      for (const chain of chains) {
        const walked = await walk(chain)
        entries += walked.entries
        faults.push(...walked.faults)
      }
      return { chains: chains.size, entries, faults: faults.slice(0, mostFaults) }
    },
  }
}
