import { sql } from 'kysely'
import type { Price } from '#schema/domain/cost.ts'
import type { Db, Trx } from '../db/pool.ts'

/** The prices of now: the newest row of each type and currency that was not taken back. */
export async function currentPrices(db: Db | Trx): Promise<Price[]> {
  const { rows } = await sql<{
    device_type: string
    currency: string
    per_hour: number
    spot_factor: number
  }>`
    select device_type, currency, per_hour, spot_factor from (
      select distinct on (device_type, currency) * from price
      order by device_type, currency, valid_from desc, id desc
    ) newest where per_hour is not null order by device_type, currency`.execute(db)
  return rows.map((row) => ({
    deviceType: row.device_type,
    currency: row.currency,
    perHour: row.per_hour,
    spotFactor: row.spot_factor,
  }))
}
