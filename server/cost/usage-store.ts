import { sql, type RawBuilder } from 'kysely'

/**
 * The parts of what was used within a span: one row per attempt and kind of device (its GPUs, its cores), cut to
 * the span, with the run's owner. Work that still runs counts up to now.
 */
export function usageParts(
  from: RawBuilder<unknown>,
  to: RawBuilder<unknown>,
  where: RawBuilder<unknown> = sql`true`,
): RawBuilder<unknown> {
  return sql`
    select attempt.id as attempt_id, attempt.run_id, run.project_id, run.created_by as person_id,
      attempt.started_at, attempt.spot, held.kind, held.device_type, held.units,
      greatest(0, extract(epoch from least(coalesce(attempt.ended_at, now()), ${to}) - greatest(attempt.started_at, ${from}))) as seconds
    from attempt join run on run.id = attempt.run_id
    cross join lateral (values
      ('gpu', coalesce(attempt.device_type, 'gpu'), attempt.device_count::float),
      ('cpu', 'cpu', attempt.cores)
    ) as held (kind, device_type, units)
    where attempt.started_at is not null and held.units > 0
      and attempt.started_at < ${to} and coalesce(attempt.ended_at, now()) > ${from} and ${where}`
}

/** The price of a part at the time when it began, in each currency: the longest type that its device's name contains. */
export const pricesOfPart: RawBuilder<unknown> = sql`
  select distinct on (currency) currency, per_hour, spot_factor from (
    select distinct on (device_type, currency) * from price
    where price.valid_from <= part.started_at and position(lower(price.device_type) in lower(part.device_type)) > 0
    order by device_type, currency, valid_from desc, id desc
  ) newest where per_hour is not null order by currency, length(device_type) desc`

export const thisMonth: RawBuilder<unknown> = sql`(date_trunc('month', now() at time zone 'UTC') at time zone 'UTC')`
