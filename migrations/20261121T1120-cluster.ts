import { sql, type Kysely } from 'kysely'

/** Clusters, and their use over time. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const statements = `
create table cluster (
  id uuid primary key,
  name text not null unique,
  kind text not null check (kind in ('LOCAL', 'KUBERNETES')),
  context text,
  created_at timestamptz not null default now(),
  check ((kind = 'KUBERNETES') = (context is not null))
);

-- Which cluster a run was sent to; null: the installation's only one.
alter table run add column cluster_id uuid references cluster;

-- One row per interval and series: 'GPU', 'GPU:<type>', 'CPU', 'MEMORY'. Sums, so that intervals can be added to.
create table cluster_sample (
  cluster_id uuid not null references cluster,
  series text not null,
  seconds integer not null,
  at timestamptz not null,
  count integer not null,
  total double precision not null,
  requested double precision not null,
  used_count integer not null,
  used double precision not null,
  used_peak double precision,
  primary key (cluster_id, series, seconds, at)
);
create index cluster_sample_age on cluster_sample (seconds, at)
`
  .replace(/^\s*--.*$/gm, '')
  .split(';')
  .map((statement) => statement.trim())
  .filter((statement) => statement !== '')
