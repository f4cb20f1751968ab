import { sql } from 'kysely'
import type { Db, Trx } from './pool.ts'

/** How long a lease lasts and how often its holder renews it (design 05). */
export const leaseSeconds = 15
export const renewSeconds = 5

/**
 * Takes or renews a named lease by the database's clock. The fence grows with each change of holder:
 * every write made under the lease carries it, so a holder that slept too long can change nothing.
 *
 * @returns the fence, or null while another holder's lease lives
 */
export async function takeLease(db: Db, name: string, holder: string): Promise<number | null> {
  const { rows } = await sql<{ fence: number }>`
    insert into lease as held (name, holder, fence, expires_at)
    values (${name}, ${holder}, 1, now() + make_interval(secs => ${leaseSeconds}))
    on conflict (name) do update set
      fence = case when held.holder = excluded.holder then held.fence else held.fence + 1 end,
      holder = excluded.holder,
      expires_at = excluded.expires_at
    where held.holder = excluded.holder or held.expires_at < now()
    returning fence`.execute(db)
  return rows[0] === undefined ? null : Number(rows[0].fence)
}

/**
 * Locks the lease for the transaction and tells whether the fence is still the newest and alive.
 *
 * @param lockMs how long the transaction waits for a row from now on; null: as long as it takes
 */
export async function holdsLease(
  trx: Trx,
  name: string,
  fence: number,
  lockMs: number | null = null,
): Promise<boolean> {
  const patience =
    lockMs === null ? sql`` : sql`, set_config('lock_timeout', ${`${lockMs}ms`}, true)`
  const { rows } = await sql<{ holds: boolean }>`
    select fence = ${fence} and expires_at > now() as holds${patience}
    from lease where name = ${name} for share`.execute(trx)
  return rows[0]?.holds ?? false
}

/** Gives a lease back, so that the next holder need not wait. */
export async function releaseLease(db: Db, name: string, holder: string): Promise<void> {
  await sql`update lease set expires_at = now() - interval '1 second' where name = ${name} and holder = ${holder}`.execute(
    db,
  )
}
