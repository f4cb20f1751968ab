import { sql, type Kysely } from 'kysely'

/** The first line of the product: goal -> intent -> pool -> curation -> data set -> spec -> request -> run -> model. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db)
}

// PostgreSQL 15's SQL only: PGlite is 18 inside, servers may be older.
const statements = `
create extension if not exists vector;

create table person (
  id uuid primary key,
  name text not null,
  role text not null check (role in ('administrator', 'researcher', 'reviewer', 'viewer')),
  created_at timestamptz not null default now()
);

create table project (
  id uuid primary key,
  name text not null,
  created_by uuid not null references person,
  created_at timestamptz not null default now()
);

create table goal (
  id uuid primary key,
  project_id uuid not null references project,
  text text not null,
  language text not null,
  created_by uuid not null references person,
  created_at timestamptz not null default now()
);
create index goal_project on goal (project_id, created_at desc, id desc);

-- Every revision is kept: a model's lineage cites the one that it was made from.
create table intent (
  id uuid primary key,
  goal_id uuid not null references goal,
  revision integer not null,
  body jsonb not null,
  created_at timestamptz not null default now(),
  unique (goal_id, revision)
);

create table pool (
  id uuid primary key,
  project_id uuid not null unique references project,
  embedder text,
  embedder_why text not null default '',
  embedding_state text not null default 'IDLE' check (embedding_state in ('IDLE', 'WAITING', 'RUNNING', 'DONE', 'FAILED')),
  embedding_message text not null default '',
  changed_at timestamptz not null default now(),
  created_at timestamptz not null default now()
);

create table upload_ticket (
  id uuid primary key,
  pool_id uuid not null references pool,
  secret_hash text not null,
  created_by uuid not null references person,
  expires_at timestamptz not null,
  used_at timestamptz,
  created_at timestamptz not null default now()
);

create table image (
  id uuid primary key,
  pool_id uuid not null references pool,
  sha256 text not null,
  blob_sha256 text not null,
  thumbnail_sha256 text not null,
  file_name text not null,
  format text not null,
  width integer not null,
  height integer not null,
  bytes bigint not null,
  measures jsonb not null,
  dhash text not null,
  excluded_reason text,
  excluded_message text,
  duplicate_of uuid references image,
  included_anyway boolean not null default false,
  sees text,
  caption text,
  created_at timestamptz not null default now(),
  unique (pool_id, sha256)
);
create index image_pool on image (pool_id, id);

-- One line for every file that was offered: used + excluded = uploaded, always.
create table pool_entry (
  id uuid primary key,
  pool_id uuid not null references pool,
  ticket_id uuid references upload_ticket,
  file_name text not null,
  outcome text not null,
  message text not null,
  bytes bigint not null,
  image_id uuid references image,
  duplicate_of uuid references image,
  created_at timestamptz not null default now()
);
create index pool_entry_pool on pool_entry (pool_id, id);

-- Vectors of different embedders never mix: the embedder is part of the key.
create table embedding (
  image_id uuid not null references image,
  embedder text not null,
  vector halfvec not null,
  created_at timestamptz not null default now(),
  primary key (image_id, embedder)
);

create table curation (
  id uuid primary key,
  pool_id uuid not null references pool,
  goal_id uuid references goal,
  embedder text not null,
  seed integer not null,
  round_size integer not null,
  state text not null check (state in ('OPEN', 'FINISHED')),
  created_by uuid not null references person,
  created_at timestamptz not null default now()
);
create index curation_pool on curation (pool_id, created_at desc);

create table round (
  id uuid primary key,
  curation_id uuid not null references curation,
  ordinal integer not null,
  body jsonb not null,
  created_at timestamptz not null default now(),
  unique (curation_id, ordinal)
);

create table candidate (
  id uuid primary key,
  round_id uuid not null references round,
  curation_id uuid not null references curation,
  image_id uuid not null references image,
  partner_id uuid references image,
  rank integer not null,
  reason jsonb not null,
  unique (round_id, image_id)
);
create index candidate_curation on candidate (curation_id, id);

-- Append-only; an undo marks the verdict, so that a review can be replayed exactly.
create table verdict (
  id uuid primary key,
  ordinal bigint generated always as identity,
  candidate_id uuid references candidate,
  curation_id uuid not null references curation,
  image_id uuid not null references image,
  person_id uuid not null references person,
  value text not null check (value in ('ACCEPT', 'REJECT', 'UNSURE')),
  milliseconds integer not null,
  undone_at timestamptz,
  created_at timestamptz not null default now()
);
create index verdict_curation on verdict (curation_id, ordinal);

create table dataset_version (
  id uuid primary key,
  project_id uuid not null references project,
  curation_id uuid references curation,
  hash text not null,
  manifest text not null,
  image_count integer not null,
  trigger_word text not null,
  class_noun text not null,
  created_by uuid not null references person,
  created_at timestamptz not null default now(),
  unique (project_id, hash)
);
create table dataset_image (
  dataset_version_id uuid not null references dataset_version,
  image_id uuid not null references image,
  caption text not null,
  primary key (dataset_version_id, image_id)
);

create table spec (
  id uuid primary key,
  project_id uuid not null references project,
  goal_id uuid references goal,
  intent_id uuid references intent,
  dataset_version_id uuid references dataset_version,
  pipeline_id text not null,
  name text not null,
  version text not null,
  hash text not null,
  body text not null,
  estimate jsonb,
  created_by uuid not null references person,
  created_at timestamptz not null default now()
);
create index spec_project on spec (project_id, id desc);
create index spec_hash on spec (hash);

create table request (
  id uuid primary key,
  project_id uuid not null references project,
  spec_id uuid not null references spec,
  spec_hash text not null,
  state text not null check (state in ('DRAFT', 'AWAITING_APPROVAL', 'APPROVED', 'REJECTED', 'WITHDRAWN')),
  priority text not null check (priority in ('HIGH', 'NORMAL', 'LOW')),
  is_test boolean not null default false,
  resources jsonb not null,
  created_by uuid not null references person,
  created_at timestamptz not null default now()
);

create table run (
  id uuid primary key,
  project_id uuid not null references project,
  request_id uuid not null unique references request,
  spec_id uuid not null references spec,
  state text not null check (state in ('WAITING', 'RUNNING', 'CANCELLING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
  priority integer not null,
  rank double precision not null default 0,
  fair_tag double precision not null default 0,
  seed integer not null,
  seq bigint not null default 0,
  failure jsonb,
  token_hash text,
  created_by uuid not null references person,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz
);
create index run_queue on run (priority desc, rank, fair_tag, id) where state = 'WAITING';
create index run_active on run (id) where state in ('RUNNING', 'CANCELLING');
create index run_project on run (project_id, id desc);

create table step (
  id uuid primary key,
  run_id uuid not null references run,
  name text not null,
  type text not null,
  ordinal integer not null,
  depends_on text[] not null,
  state text not null check (state in ('PENDING', 'READY', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED', 'SKIPPED', 'CACHED')),
  progress real not null default 0,
  message text not null default '',
  cache_key text,
  cache_fields jsonb,
  cache_note text,
  cached_from uuid references step,
  user_failures integer not null default 0,
  infrastructure_failures integer not null default 0,
  not_before timestamptz,
  failure jsonb,
  started_at timestamptz,
  ended_at timestamptz,
  unique (run_id, name)
);
create index step_cache on step (cache_key) where cache_key is not null;

create table attempt (
  id uuid primary key,
  step_id uuid not null references step,
  run_id uuid not null references run,
  ordinal integer not null,
  state text not null check (state in ('PENDING', 'SUBMITTING', 'STARTED', 'SUCCEEDED', 'FAILED', 'LOST', 'CANCELLED')),
  executor text not null,
  fence bigint not null,
  handle jsonb,
  exit_code integer,
  failure jsonb,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz,
  unique (step_id, ordinal)
);
create index attempt_open on attempt (id) where state in ('PENDING', 'SUBMITTING', 'STARTED');

-- One artifact per declared output of a step, by content: files = [{path, sha256, bytes}].
create table artifact (
  id uuid primary key,
  run_id uuid not null references run,
  step_id uuid not null references step,
  attempt_id uuid references attempt,
  name text not null,
  type text not null,
  sha256 text not null,
  bytes bigint not null,
  files jsonb not null,
  created_at timestamptz not null default now(),
  unique (step_id, name)
);

create table lease (
  name text primary key,
  holder text not null,
  fence bigint not null,
  expires_at timestamptz not null
);

create table run_event (
  run_id uuid not null references run,
  seq bigint not null,
  kind text not null,
  body jsonb not null,
  at timestamptz not null default now(),
  primary key (run_id, seq)
);

-- The point itself is the key: a batch that is sent again changes nothing. Value null stands for NaN.
create table metric (
  run_id uuid not null references run,
  key text not null,
  step bigint not null,
  at timestamptz not null,
  value double precision,
  primary key (run_id, key, step, at)
);
create table run_param (
  run_id uuid not null references run,
  key text not null,
  value text not null,
  primary key (run_id, key)
);
create table run_tag (
  run_id uuid not null references run,
  key text not null,
  value text not null,
  primary key (run_id, key)
);
create table run_file (
  run_id uuid not null references run,
  path text not null,
  sha256 text not null,
  bytes bigint not null,
  created_at timestamptz not null default now(),
  primary key (run_id, path)
);

create table model (
  id uuid primary key,
  project_id uuid not null references project,
  name text not null,
  created_at timestamptz not null default now(),
  unique (project_id, name)
);
create table model_version (
  id uuid primary key,
  model_id uuid not null references model,
  run_id uuid not null unique references run,
  version integer not null,
  bytes bigint not null,
  body jsonb not null,
  created_at timestamptz not null default now(),
  unique (model_id, version)
);
create table rating (
  id uuid primary key,
  model_version_id uuid not null references model_version,
  person_id uuid not null references person,
  file text not null default '',
  value integer not null,
  created_at timestamptz not null default now(),
  unique (model_version_id, person_id, file)
);

-- AD-00: what the advisor will learn from, from the first run on.
create table advisor_record (
  run_id uuid primary key references run,
  body jsonb not null,
  created_at timestamptz not null default now()
);

-- Long work of the platform itself, such as making the components' environment.
create table job (
  name text primary key,
  state text not null,
  progress real not null default 0,
  message text not null default '',
  changed_at timestamptz not null default now()
);

-- Append-only hash chain per project (project_id null: the installation).
create table audit (
  id uuid primary key,
  project_id uuid references project,
  ordinal bigint not null,
  person_id uuid references person,
  action text not null,
  subject text not null,
  body jsonb not null,
  previous_hash text not null,
  hash text not null,
  at timestamptz not null default now()
);
create unique index audit_chain on audit (coalesce(project_id, '00000000-0000-0000-0000-000000000000'), ordinal)
`
  .replace(/^\s*--.*$/gm, '')
  .split(';')
  .map((statement) => statement.trim())
  .filter((statement) => statement !== '')
