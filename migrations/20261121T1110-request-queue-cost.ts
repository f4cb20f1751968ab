import { sql, type Kysely } from 'kysely'

/** Requests with approval, the queue with quotas and fair share, prices and budgets (issue 4). */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

const statements = `
-- WR-02, AP-05: what was asked, quoted and signed; the decision beside it.
alter table request
  add column queue text not null default 'default',
  add column caps jsonb not null default '{}',
  add column images jsonb not null default '{}',
  add column quote jsonb not null default '{}',
  add column marks jsonb not null default '[]',
  add column devices jsonb,
  add column cited_run_id uuid references run,
  add column note text not null default '',
  add column signature text not null default '',
  add column decided_by uuid references person,
  add column decided_at timestamptz,
  add column decision_comment text not null default '';
create index request_state on request (state, id desc);
create index request_project on request (project_id, id desc);
create index request_person on request (created_by, id desc);

-- demand: the most that its steps want at once; reservation: what it was given when it left the queue.
alter table run
  add column queue text not null default 'default',
  add column gpus integer not null default 0,
  add column demand jsonb not null default '{}',
  add column reservation jsonb,
  add column expected_seconds double precision,
  add column gpu_seconds_bound double precision,
  add column cost_bound jsonb not null default '{}';
create index run_queue_project on run (project_id, priority desc, rank, fair_tag, id) where state = 'WAITING';

-- What an attempt held, for GPU hours and costs.
alter table attempt
  add column device_type text,
  add column device_count integer not null default 0,
  add column cores double precision not null default 0,
  add column spot boolean not null default false;
create index attempt_run on attempt (run_id);
create index attempt_started on attempt (started_at) where started_at is not null;

create table approval_threshold (
  one boolean primary key default true check (one),
  gpu_count integer not null,
  memory_bytes bigint not null,
  changed_at timestamptz not null default now()
);
insert into approval_threshold (gpu_count, memory_bytes) values (4, 128000000000);

-- Named queues, each bound to nodes by labels ({}: all nodes) and with a default priority.
create table queue (
  name text primary key,
  default_priority text not null check (default_priority in ('HIGH', 'NORMAL', 'LOW')),
  nodes jsonb not null default '{}',
  created_at timestamptz not null default now()
);
insert into queue (name, default_priority, nodes) values
  ('vision', 'HIGH', '{"autodidact.io/pool": "vision"}'),
  ('nlp', 'HIGH', '{"autodidact.io/pool": "nlp"}'),
  ('regression', 'NORMAL', '{"autodidact.io/pool": "regression"}'),
  ('default', 'LOW', '{}');

-- Start-time fair queueing: where each project's next run begins, and the tag of the newest run that started.
create table fair_share (
  project_id uuid primary key references project,
  share double precision not null default 1 check (share > 0),
  next_tag double precision not null default 0
);
create table fair_clock (
  one boolean primary key default true check (one),
  tag double precision not null default 0
);
insert into fair_clock (tag) select coalesce(max(fair_tag), 0) from run where state <> 'WAITING';
insert into fair_share (project_id, next_tag) select project_id, max(fair_tag) + 1 from run group by project_id;

create table quota (
  id uuid primary key,
  project_id uuid unique references project,
  person_id uuid unique references person,
  gpus integer check (gpus >= 0),
  gpu_hours double precision check (gpu_hours >= 0),
  changed_at timestamptz not null default now(),
  check (num_nonnulls(project_id, person_id) = 1)
);

-- Append-only: what a run costs is told by the price of the time when it ran. per_hour null: taken back.
create table price (
  id uuid primary key,
  device_type text not null,
  currency text not null,
  per_hour double precision check (per_hour >= 0),
  spot_factor double precision not null default 1 check (spot_factor > 0 and spot_factor <= 1),
  valid_from timestamptz not null default now()
);
create index price_type on price (device_type, currency, valid_from desc);

create table budget (
  id uuid primary key,
  project_id uuid references project,
  person_id uuid references person,
  currency text not null,
  amount double precision not null check (amount >= 0),
  changed_at timestamptz not null default now(),
  check (num_nonnulls(project_id, person_id) <= 1)
);
create unique index budget_whose on budget (coalesce(project_id, person_id, '00000000-0000-0000-0000-000000000000'), currency);
create table budget_notice (
  budget_id uuid not null references budget on delete cascade,
  month date not null,
  percent integer not null,
  at timestamptz not null default now(),
  primary key (budget_id, month, percent)
)
`
  .replace(/^\s*--.*$/gm, '')
  .split(';')
  .map((statement) => statement.trim())
  .filter((statement) => statement !== '')
