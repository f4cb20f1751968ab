CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public;

COMMENT ON EXTENSION vector IS 'vector data type and ivfflat and hnsw access methods';

CREATE TABLE public.advisor_record (
    run_id uuid NOT NULL,
    body jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.approval_threshold (
    one boolean DEFAULT true NOT NULL,
    gpu_count integer NOT NULL,
    memory_bytes bigint NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT approval_threshold_one_check CHECK (one)
);

CREATE TABLE public.artifact (
    id uuid NOT NULL,
    run_id uuid NOT NULL,
    step_id uuid NOT NULL,
    attempt_id uuid,
    name text NOT NULL,
    type text NOT NULL,
    sha256 text NOT NULL,
    bytes bigint NOT NULL,
    files jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.attempt (
    id uuid NOT NULL,
    step_id uuid NOT NULL,
    run_id uuid NOT NULL,
    ordinal integer NOT NULL,
    state text NOT NULL,
    executor text NOT NULL,
    fence bigint NOT NULL,
    handle jsonb,
    exit_code integer,
    failure jsonb,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone,
    ended_at timestamp with time zone,
    device_type text,
    device_count integer DEFAULT 0 NOT NULL,
    cores double precision DEFAULT 0 NOT NULL,
    spot boolean DEFAULT false NOT NULL,
    node text,
    CONSTRAINT attempt_state_check CHECK ((state = ANY (ARRAY['PENDING'::text, 'SUBMITTING'::text, 'STARTED'::text, 'SUCCEEDED'::text, 'FAILED'::text, 'LOST'::text, 'CANCELLED'::text])))
)
WITH (fillfactor='85');

CREATE TABLE public.attempt_output (
    attempt_id uuid NOT NULL,
    name text NOT NULL,
    files jsonb NOT NULL
);

CREATE TABLE public.attempt_plan (
    attempt_id uuid NOT NULL,
    plan jsonb NOT NULL
);

CREATE TABLE public.attribute_consent (
    project_id uuid NOT NULL,
    turned_on_by uuid NOT NULL,
    turned_on_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.audit (
    id uuid NOT NULL,
    project_id uuid,
    ordinal bigint NOT NULL,
    person_id uuid,
    action text NOT NULL,
    subject text NOT NULL,
    body jsonb NOT NULL,
    previous_hash text NOT NULL,
    hash text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.audit_head (
    chain text NOT NULL,
    ordinal bigint NOT NULL,
    hash text NOT NULL,
    mac text NOT NULL
);

CREATE TABLE public.budget (
    id uuid NOT NULL,
    project_id uuid,
    person_id uuid,
    currency text NOT NULL,
    amount double precision NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT budget_amount_check CHECK ((amount >= (0)::double precision)),
    CONSTRAINT budget_check CHECK ((num_nonnulls(project_id, person_id) <= 1))
);

CREATE TABLE public.budget_notice (
    budget_id uuid NOT NULL,
    month date NOT NULL,
    percent integer NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.candidate (
    id uuid NOT NULL,
    round_id uuid NOT NULL,
    curation_id uuid NOT NULL,
    image_id uuid NOT NULL,
    partner_id uuid,
    rank integer NOT NULL,
    reason jsonb NOT NULL
);

CREATE TABLE public.captioner_score (
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    model text NOT NULL,
    body jsonb NOT NULL,
    created_by uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.cluster (
    id uuid NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    context text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT cluster_check CHECK (((kind = 'KUBERNETES'::text) = (context IS NOT NULL))),
    CONSTRAINT cluster_kind_check CHECK ((kind = ANY (ARRAY['LOCAL'::text, 'KUBERNETES'::text])))
);

CREATE TABLE public.cluster_sample (
    cluster_id uuid NOT NULL,
    series text NOT NULL,
    seconds integer NOT NULL,
    at timestamp with time zone NOT NULL,
    count integer NOT NULL,
    total double precision NOT NULL,
    requested double precision NOT NULL,
    used_count integer NOT NULL,
    used double precision NOT NULL,
    used_peak double precision
);

CREATE TABLE public.curation (
    id uuid NOT NULL,
    pool_id uuid NOT NULL,
    goal_id uuid,
    embedder text NOT NULL,
    seed integer NOT NULL,
    round_size integer NOT NULL,
    state text NOT NULL,
    created_by uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    strategy text DEFAULT 'blend'::text NOT NULL,
    CONSTRAINT curation_state_check CHECK ((state = ANY (ARRAY['OPEN'::text, 'FINISHED'::text])))
);

CREATE TABLE public.dataset_image (
    dataset_version_id uuid NOT NULL,
    image_id uuid NOT NULL,
    caption text NOT NULL
);

CREATE TABLE public.dataset_version (
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    curation_id uuid,
    hash text NOT NULL,
    manifest text NOT NULL,
    image_count integer NOT NULL,
    trigger_word text NOT NULL,
    class_noun text NOT NULL,
    created_by uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    restored_at timestamp with time zone
);

CREATE TABLE public.embedding (
    image_id uuid NOT NULL,
    embedder text NOT NULL,
    vector public.halfvec NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.fair_clock (
    one boolean DEFAULT true NOT NULL,
    tag double precision DEFAULT 0 NOT NULL,
    CONSTRAINT fair_clock_one_check CHECK (one)
);

CREATE TABLE public.fair_share (
    project_id uuid NOT NULL,
    share double precision DEFAULT 1 NOT NULL,
    next_tag double precision DEFAULT 0 NOT NULL,
    CONSTRAINT fair_share_share_check CHECK ((share > (0)::double precision))
);

CREATE TABLE public.goal (
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    text text NOT NULL,
    language text NOT NULL,
    created_by uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.image (
    id uuid NOT NULL,
    pool_id uuid NOT NULL,
    sha256 text NOT NULL,
    blob_sha256 text NOT NULL,
    thumbnail_sha256 text NOT NULL,
    file_name text NOT NULL,
    format text NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    bytes bigint NOT NULL,
    measures jsonb NOT NULL,
    dhash text NOT NULL,
    excluded_reason text,
    excluded_message text,
    duplicate_of uuid,
    included_anyway boolean DEFAULT false NOT NULL,
    sees text,
    caption text,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.image_attribute (
    project_id uuid NOT NULL,
    image_id uuid NOT NULL,
    name text NOT NULL,
    value text NOT NULL
);

CREATE TABLE public.intent (
    id uuid NOT NULL,
    goal_id uuid NOT NULL,
    revision integer NOT NULL,
    body jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.job (
    name text NOT NULL,
    state text NOT NULL,
    progress real DEFAULT 0 NOT NULL,
    message text DEFAULT ''::text NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.lease (
    name text NOT NULL,
    holder text NOT NULL,
    fence bigint NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

CREATE TABLE public.llm_breaker (
    model text NOT NULL,
    failures integer NOT NULL,
    open_until timestamp with time zone
);

CREATE TABLE public.llm_call (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    model text NOT NULL,
    prompt_hash text NOT NULL,
    prompt jsonb NOT NULL,
    reply text,
    outcome text NOT NULL,
    tokens integer NOT NULL,
    money double precision NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    milliseconds integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone NOT NULL
);

CREATE TABLE public.llm_setting (
    id boolean DEFAULT true NOT NULL,
    enabled boolean NOT NULL,
    model text,
    timeout_ms integer,
    daily_tokens integer,
    daily_money double precision,
    price_in double precision,
    price_out double precision,
    changed_at timestamp with time zone NOT NULL,
    url text,
    key_sealed text,
    CONSTRAINT llm_setting_id_check CHECK (id)
);

CREATE TABLE public.metric (
    run_id uuid NOT NULL,
    key text NOT NULL,
    step bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    value double precision
);

CREATE TABLE public.model (
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.model_version (
    id uuid NOT NULL,
    model_id uuid NOT NULL,
    run_id uuid NOT NULL,
    version integer NOT NULL,
    bytes bigint NOT NULL,
    body jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.person (
    id uuid NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT person_role_check CHECK ((role = ANY (ARRAY['administrator'::text, 'researcher'::text, 'reviewer'::text, 'viewer'::text])))
);

CREATE TABLE public.pool (
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    embedder text,
    embedder_why text DEFAULT ''::text NOT NULL,
    embedding_state text DEFAULT 'IDLE'::text NOT NULL,
    embedding_message text DEFAULT ''::text NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT pool_embedding_state_check CHECK ((embedding_state = ANY (ARRAY['IDLE'::text, 'WAITING'::text, 'RUNNING'::text, 'DONE'::text, 'FAILED'::text])))
);

CREATE TABLE public.pool_entry (
    id uuid NOT NULL,
    pool_id uuid NOT NULL,
    ticket_id uuid,
    file_name text NOT NULL,
    outcome text NOT NULL,
    message text NOT NULL,
    bytes bigint NOT NULL,
    image_id uuid,
    duplicate_of uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.price (
    id uuid NOT NULL,
    device_type text NOT NULL,
    currency text NOT NULL,
    per_hour double precision,
    spot_factor double precision DEFAULT 1 NOT NULL,
    valid_from timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT price_per_hour_check CHECK ((per_hour >= (0)::double precision)),
    CONSTRAINT price_spot_factor_check CHECK (((spot_factor > (0)::double precision) AND (spot_factor <= (1)::double precision)))
);

CREATE TABLE public.project (
    id uuid NOT NULL,
    name text NOT NULL,
    created_by uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.queue (
    name text NOT NULL,
    default_priority text NOT NULL,
    nodes jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT queue_default_priority_check CHECK ((default_priority = ANY (ARRAY['HIGH'::text, 'NORMAL'::text, 'LOW'::text])))
);

CREATE TABLE public.quota (
    id uuid NOT NULL,
    project_id uuid,
    person_id uuid,
    gpus integer,
    gpu_hours double precision,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT quota_check CHECK ((num_nonnulls(project_id, person_id) = 1)),
    CONSTRAINT quota_gpu_hours_check CHECK ((gpu_hours >= (0)::double precision)),
    CONSTRAINT quota_gpus_check CHECK ((gpus >= 0))
);

CREATE TABLE public.rating (
    id uuid NOT NULL,
    model_version_id uuid NOT NULL,
    person_id uuid NOT NULL,
    file text DEFAULT ''::text NOT NULL,
    value integer NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.request (
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    spec_id uuid NOT NULL,
    spec_hash text NOT NULL,
    state text NOT NULL,
    priority text NOT NULL,
    is_test boolean DEFAULT false NOT NULL,
    resources jsonb NOT NULL,
    created_by uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    queue text DEFAULT 'default'::text NOT NULL,
    caps jsonb DEFAULT '{}'::jsonb NOT NULL,
    images jsonb DEFAULT '{}'::jsonb NOT NULL,
    quote jsonb DEFAULT '{}'::jsonb NOT NULL,
    marks jsonb DEFAULT '[]'::jsonb NOT NULL,
    devices jsonb,
    cited_run_id uuid,
    note text DEFAULT ''::text NOT NULL,
    signature text DEFAULT ''::text NOT NULL,
    decided_by uuid,
    decided_at timestamp with time zone,
    decision_comment text DEFAULT ''::text NOT NULL,
    CONSTRAINT request_priority_check CHECK ((priority = ANY (ARRAY['HIGH'::text, 'NORMAL'::text, 'LOW'::text]))),
    CONSTRAINT request_state_check CHECK ((state = ANY (ARRAY['DRAFT'::text, 'AWAITING_APPROVAL'::text, 'APPROVED'::text, 'REJECTED'::text, 'WITHDRAWN'::text])))
);

CREATE TABLE public.round (
    id uuid NOT NULL,
    curation_id uuid NOT NULL,
    ordinal integer NOT NULL,
    body jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    person_id uuid
);

CREATE TABLE public.run (
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    request_id uuid NOT NULL,
    spec_id uuid NOT NULL,
    state text NOT NULL,
    priority integer NOT NULL,
    rank double precision DEFAULT 0 NOT NULL,
    fair_tag double precision DEFAULT 0 NOT NULL,
    seed integer NOT NULL,
    seq bigint DEFAULT 0 NOT NULL,
    failure jsonb,
    token_hash text,
    created_by uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone,
    ended_at timestamp with time zone,
    queue text DEFAULT 'default'::text NOT NULL,
    gpus integer DEFAULT 0 NOT NULL,
    demand jsonb DEFAULT '{}'::jsonb NOT NULL,
    reservation jsonb,
    expected_seconds double precision,
    gpu_seconds_bound double precision,
    cost_bound jsonb DEFAULT '{}'::jsonb NOT NULL,
    cluster_id uuid,
    CONSTRAINT run_state_check CHECK ((state = ANY (ARRAY['WAITING'::text, 'RUNNING'::text, 'CANCELLING'::text, 'SUCCEEDED'::text, 'FAILED'::text, 'CANCELLED'::text])))
)
WITH (fillfactor='85', autovacuum_vacuum_scale_factor='0.02', autovacuum_vacuum_insert_scale_factor='0.02', autovacuum_analyze_scale_factor='0.02');

CREATE TABLE public.run_event (
    run_id uuid NOT NULL,
    seq bigint NOT NULL,
    kind text NOT NULL,
    body jsonb NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.run_file (
    run_id uuid NOT NULL,
    path text NOT NULL,
    sha256 text NOT NULL,
    bytes bigint NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.run_param (
    run_id uuid NOT NULL,
    key text NOT NULL,
    value text NOT NULL
);

CREATE TABLE public.run_tag (
    run_id uuid NOT NULL,
    key text NOT NULL,
    value text NOT NULL
);

CREATE TABLE public.spec (
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    goal_id uuid,
    intent_id uuid,
    dataset_version_id uuid,
    pipeline_id text NOT NULL,
    name text NOT NULL,
    version text NOT NULL,
    hash text NOT NULL,
    body text NOT NULL,
    estimate jsonb,
    created_by uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.step (
    id uuid NOT NULL,
    run_id uuid NOT NULL,
    name text NOT NULL,
    type text NOT NULL,
    ordinal integer NOT NULL,
    depends_on text[] NOT NULL,
    state text NOT NULL,
    progress real DEFAULT 0 NOT NULL,
    message text DEFAULT ''::text NOT NULL,
    cache_key text,
    cache_fields jsonb,
    cache_note text,
    cached_from uuid,
    user_failures integer DEFAULT 0 NOT NULL,
    infrastructure_failures integer DEFAULT 0 NOT NULL,
    not_before timestamp with time zone,
    failure jsonb,
    started_at timestamp with time zone,
    ended_at timestamp with time zone,
    CONSTRAINT step_state_check CHECK ((state = ANY (ARRAY['PENDING'::text, 'READY'::text, 'RUNNING'::text, 'SUCCEEDED'::text, 'FAILED'::text, 'CANCELLED'::text, 'SKIPPED'::text, 'CACHED'::text])))
)
WITH (fillfactor='85');

CREATE TABLE public.step_checkpoint (
    step_id uuid NOT NULL,
    attempt_id uuid NOT NULL,
    files jsonb NOT NULL,
    at timestamp with time zone NOT NULL
);

CREATE TABLE public.upload_ticket (
    id uuid NOT NULL,
    pool_id uuid NOT NULL,
    secret_hash text NOT NULL,
    created_by uuid NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.verdict (
    id uuid NOT NULL,
    ordinal bigint NOT NULL,
    candidate_id uuid,
    curation_id uuid NOT NULL,
    image_id uuid NOT NULL,
    person_id uuid NOT NULL,
    value text NOT NULL,
    milliseconds integer NOT NULL,
    undone_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    settles boolean DEFAULT false NOT NULL,
    audited_at timestamp with time zone,
    CONSTRAINT verdict_value_check CHECK ((value = ANY (ARRAY['ACCEPT'::text, 'REJECT'::text, 'UNSURE'::text])))
);

ALTER TABLE public.verdict ALTER COLUMN ordinal ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.verdict_ordinal_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE ONLY public.advisor_record
    ADD CONSTRAINT advisor_record_pkey PRIMARY KEY (run_id);

ALTER TABLE ONLY public.approval_threshold
    ADD CONSTRAINT approval_threshold_pkey PRIMARY KEY (one);

ALTER TABLE ONLY public.artifact
    ADD CONSTRAINT artifact_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.artifact
    ADD CONSTRAINT artifact_step_id_name_key UNIQUE (step_id, name);

ALTER TABLE ONLY public.attempt_output
    ADD CONSTRAINT attempt_output_pkey PRIMARY KEY (attempt_id, name);

ALTER TABLE ONLY public.attempt
    ADD CONSTRAINT attempt_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.attempt_plan
    ADD CONSTRAINT attempt_plan_pkey PRIMARY KEY (attempt_id);

ALTER TABLE ONLY public.attempt
    ADD CONSTRAINT attempt_step_id_ordinal_key UNIQUE (step_id, ordinal);

ALTER TABLE ONLY public.attribute_consent
    ADD CONSTRAINT attribute_consent_pkey PRIMARY KEY (project_id);

ALTER TABLE ONLY public.audit_head
    ADD CONSTRAINT audit_head_pkey PRIMARY KEY (chain);

ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.budget_notice
    ADD CONSTRAINT budget_notice_pkey PRIMARY KEY (budget_id, month, percent);

ALTER TABLE ONLY public.budget
    ADD CONSTRAINT budget_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.candidate
    ADD CONSTRAINT candidate_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.candidate
    ADD CONSTRAINT candidate_round_id_image_id_key UNIQUE (round_id, image_id);

ALTER TABLE ONLY public.captioner_score
    ADD CONSTRAINT captioner_score_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.cluster
    ADD CONSTRAINT cluster_name_key UNIQUE (name);

ALTER TABLE ONLY public.cluster
    ADD CONSTRAINT cluster_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.cluster_sample
    ADD CONSTRAINT cluster_sample_pkey PRIMARY KEY (cluster_id, series, seconds, at);

ALTER TABLE ONLY public.curation
    ADD CONSTRAINT curation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.dataset_image
    ADD CONSTRAINT dataset_image_pkey PRIMARY KEY (dataset_version_id, image_id);

ALTER TABLE ONLY public.dataset_version
    ADD CONSTRAINT dataset_version_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.dataset_version
    ADD CONSTRAINT dataset_version_project_id_hash_key UNIQUE (project_id, hash);

ALTER TABLE ONLY public.embedding
    ADD CONSTRAINT embedding_pkey PRIMARY KEY (image_id, embedder);

ALTER TABLE ONLY public.fair_clock
    ADD CONSTRAINT fair_clock_pkey PRIMARY KEY (one);

ALTER TABLE ONLY public.fair_share
    ADD CONSTRAINT fair_share_pkey PRIMARY KEY (project_id);

ALTER TABLE ONLY public.goal
    ADD CONSTRAINT goal_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.image_attribute
    ADD CONSTRAINT image_attribute_pkey PRIMARY KEY (project_id, name, image_id);

ALTER TABLE ONLY public.image
    ADD CONSTRAINT image_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.image
    ADD CONSTRAINT image_pool_id_sha256_key UNIQUE (pool_id, sha256);

ALTER TABLE ONLY public.intent
    ADD CONSTRAINT intent_goal_id_revision_key UNIQUE (goal_id, revision);

ALTER TABLE ONLY public.intent
    ADD CONSTRAINT intent_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.job
    ADD CONSTRAINT job_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.lease
    ADD CONSTRAINT lease_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.llm_breaker
    ADD CONSTRAINT llm_breaker_pkey PRIMARY KEY (model);

ALTER TABLE ONLY public.llm_call
    ADD CONSTRAINT llm_call_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.llm_setting
    ADD CONSTRAINT llm_setting_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.metric
    ADD CONSTRAINT metric_pkey PRIMARY KEY (run_id, key, step, at);

ALTER TABLE ONLY public.model
    ADD CONSTRAINT model_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.model
    ADD CONSTRAINT model_project_id_name_key UNIQUE (project_id, name);

ALTER TABLE ONLY public.model_version
    ADD CONSTRAINT model_version_model_id_version_key UNIQUE (model_id, version);

ALTER TABLE ONLY public.model_version
    ADD CONSTRAINT model_version_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.model_version
    ADD CONSTRAINT model_version_run_id_key UNIQUE (run_id);

ALTER TABLE ONLY public.person
    ADD CONSTRAINT person_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.pool_entry
    ADD CONSTRAINT pool_entry_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.pool
    ADD CONSTRAINT pool_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.pool
    ADD CONSTRAINT pool_project_id_key UNIQUE (project_id);

ALTER TABLE ONLY public.price
    ADD CONSTRAINT price_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.project
    ADD CONSTRAINT project_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.queue
    ADD CONSTRAINT queue_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.quota
    ADD CONSTRAINT quota_person_id_key UNIQUE (person_id);

ALTER TABLE ONLY public.quota
    ADD CONSTRAINT quota_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.quota
    ADD CONSTRAINT quota_project_id_key UNIQUE (project_id);

ALTER TABLE ONLY public.rating
    ADD CONSTRAINT rating_model_version_id_person_id_file_key UNIQUE (model_version_id, person_id, file);

ALTER TABLE ONLY public.rating
    ADD CONSTRAINT rating_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.request
    ADD CONSTRAINT request_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.round
    ADD CONSTRAINT round_curation_id_ordinal_key UNIQUE (curation_id, ordinal);

ALTER TABLE ONLY public.round
    ADD CONSTRAINT round_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.run_event
    ADD CONSTRAINT run_event_pkey PRIMARY KEY (run_id, seq);

ALTER TABLE ONLY public.run_file
    ADD CONSTRAINT run_file_pkey PRIMARY KEY (run_id, path);

ALTER TABLE ONLY public.run_param
    ADD CONSTRAINT run_param_pkey PRIMARY KEY (run_id, key);

ALTER TABLE ONLY public.run
    ADD CONSTRAINT run_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.run
    ADD CONSTRAINT run_request_id_key UNIQUE (request_id);

ALTER TABLE ONLY public.run_tag
    ADD CONSTRAINT run_tag_pkey PRIMARY KEY (run_id, key);

ALTER TABLE ONLY public.spec
    ADD CONSTRAINT spec_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.step_checkpoint
    ADD CONSTRAINT step_checkpoint_pkey PRIMARY KEY (step_id);

ALTER TABLE ONLY public.step
    ADD CONSTRAINT step_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.step
    ADD CONSTRAINT step_run_id_name_key UNIQUE (run_id, name);

ALTER TABLE ONLY public.upload_ticket
    ADD CONSTRAINT upload_ticket_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.verdict
    ADD CONSTRAINT verdict_pkey PRIMARY KEY (id);

CREATE INDEX artifact_run ON public.artifact USING btree (run_id);

CREATE INDEX attempt_gpu ON public.attempt USING btree (ended_at) WHERE ((device_count > 0) AND (started_at IS NOT NULL));

CREATE INDEX attempt_open ON public.attempt USING btree (id) WHERE (state = ANY (ARRAY['PENDING'::text, 'SUBMITTING'::text, 'STARTED'::text]));

CREATE INDEX attempt_run ON public.attempt USING btree (run_id);

CREATE INDEX attempt_started ON public.attempt USING btree (started_at) WHERE (started_at IS NOT NULL);

CREATE UNIQUE INDEX audit_chain ON public.audit USING btree (COALESCE(project_id, '00000000-0000-0000-0000-000000000000'::uuid), ordinal);

CREATE UNIQUE INDEX budget_whose ON public.budget USING btree (COALESCE(project_id, person_id, '00000000-0000-0000-0000-000000000000'::uuid), currency);

CREATE INDEX candidate_curation ON public.candidate USING btree (curation_id, id);

CREATE INDEX candidate_round ON public.candidate USING btree (round_id, rank);

CREATE INDEX captioner_score_newest ON public.captioner_score USING btree (project_id, model, created_at DESC);

CREATE INDEX cluster_sample_age ON public.cluster_sample USING btree (seconds, at);

CREATE INDEX curation_pool ON public.curation USING btree (pool_id, created_at DESC);

CREATE INDEX goal_project ON public.goal USING btree (project_id, created_at DESC, id DESC);

CREATE INDEX image_pool ON public.image USING btree (pool_id, id);

CREATE INDEX llm_call_person ON public.llm_call USING btree (person_id, created_at DESC);

CREATE INDEX llm_call_prompt ON public.llm_call USING btree (prompt_hash, created_at DESC);

CREATE INDEX pool_entry_pool ON public.pool_entry USING btree (pool_id, id);

CREATE INDEX price_type ON public.price USING btree (device_type, currency, valid_from DESC);

CREATE INDEX project_made ON public.project USING btree (created_at, id);

CREATE INDEX request_made ON public.request USING btree (created_at, id);

CREATE INDEX request_person ON public.request USING btree (created_by, id DESC);

CREATE INDEX request_project ON public.request USING btree (project_id, id DESC);

CREATE INDEX request_state ON public.request USING btree (state, id DESC);

CREATE INDEX run_active ON public.run USING btree (id) WHERE (state = ANY (ARRAY['RUNNING'::text, 'CANCELLING'::text]));

CREATE INDEX run_project ON public.run USING btree (project_id, id DESC);

CREATE INDEX run_queue ON public.run USING btree (priority DESC, rank, fair_tag, id) WHERE (state = 'WAITING'::text);

CREATE INDEX run_queue_project ON public.run USING btree (project_id, priority DESC, rank, fair_tag, id) WHERE (state = 'WAITING'::text);

CREATE INDEX run_waiting ON public.run USING btree (priority) WHERE (state = 'WAITING'::text);

CREATE INDEX spec_hash ON public.spec USING btree (hash);

CREATE INDEX spec_made ON public.spec USING btree (project_id, created_at, id);

CREATE INDEX spec_project ON public.spec USING btree (project_id, id DESC);

CREATE INDEX step_cache ON public.step USING btree (cache_key) WHERE (cache_key IS NOT NULL);

CREATE INDEX step_note ON public.step USING btree (name, ended_at DESC) WHERE ((state = ANY (ARRAY['SUCCEEDED'::text, 'CACHED'::text])) AND (cache_fields IS NOT NULL));

CREATE INDEX step_ready ON public.step USING btree (run_id) WHERE (state = 'READY'::text);

CREATE INDEX verdict_curation ON public.verdict USING btree (curation_id, ordinal);

CREATE INDEX verdict_image ON public.verdict USING btree (curation_id, image_id, ordinal);

ALTER TABLE ONLY public.advisor_record
    ADD CONSTRAINT advisor_record_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.run(id);

ALTER TABLE ONLY public.artifact
    ADD CONSTRAINT artifact_attempt_id_fkey FOREIGN KEY (attempt_id) REFERENCES public.attempt(id);

ALTER TABLE ONLY public.artifact
    ADD CONSTRAINT artifact_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.run(id);

ALTER TABLE ONLY public.artifact
    ADD CONSTRAINT artifact_step_id_fkey FOREIGN KEY (step_id) REFERENCES public.step(id);

ALTER TABLE ONLY public.attempt
    ADD CONSTRAINT attempt_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.run(id);

ALTER TABLE ONLY public.attempt
    ADD CONSTRAINT attempt_step_id_fkey FOREIGN KEY (step_id) REFERENCES public.step(id);

ALTER TABLE ONLY public.attribute_consent
    ADD CONSTRAINT attribute_consent_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id);

ALTER TABLE ONLY public.attribute_consent
    ADD CONSTRAINT attribute_consent_turned_on_by_fkey FOREIGN KEY (turned_on_by) REFERENCES public.person(id);

ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id);

ALTER TABLE ONLY public.budget_notice
    ADD CONSTRAINT budget_notice_budget_id_fkey FOREIGN KEY (budget_id) REFERENCES public.budget(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.budget
    ADD CONSTRAINT budget_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.budget
    ADD CONSTRAINT budget_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id);

ALTER TABLE ONLY public.candidate
    ADD CONSTRAINT candidate_curation_id_fkey FOREIGN KEY (curation_id) REFERENCES public.curation(id);

ALTER TABLE ONLY public.candidate
    ADD CONSTRAINT candidate_image_id_fkey FOREIGN KEY (image_id) REFERENCES public.image(id);

ALTER TABLE ONLY public.candidate
    ADD CONSTRAINT candidate_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES public.image(id);

ALTER TABLE ONLY public.candidate
    ADD CONSTRAINT candidate_round_id_fkey FOREIGN KEY (round_id) REFERENCES public.round(id);

ALTER TABLE ONLY public.captioner_score
    ADD CONSTRAINT captioner_score_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.person(id);

ALTER TABLE ONLY public.captioner_score
    ADD CONSTRAINT captioner_score_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id);

ALTER TABLE ONLY public.cluster_sample
    ADD CONSTRAINT cluster_sample_cluster_id_fkey FOREIGN KEY (cluster_id) REFERENCES public.cluster(id);

ALTER TABLE ONLY public.curation
    ADD CONSTRAINT curation_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.person(id);

ALTER TABLE ONLY public.curation
    ADD CONSTRAINT curation_goal_id_fkey FOREIGN KEY (goal_id) REFERENCES public.goal(id);

ALTER TABLE ONLY public.curation
    ADD CONSTRAINT curation_pool_id_fkey FOREIGN KEY (pool_id) REFERENCES public.pool(id);

ALTER TABLE ONLY public.dataset_image
    ADD CONSTRAINT dataset_image_dataset_version_id_fkey FOREIGN KEY (dataset_version_id) REFERENCES public.dataset_version(id);

ALTER TABLE ONLY public.dataset_image
    ADD CONSTRAINT dataset_image_image_id_fkey FOREIGN KEY (image_id) REFERENCES public.image(id);

ALTER TABLE ONLY public.dataset_version
    ADD CONSTRAINT dataset_version_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.person(id);

ALTER TABLE ONLY public.dataset_version
    ADD CONSTRAINT dataset_version_curation_id_fkey FOREIGN KEY (curation_id) REFERENCES public.curation(id);

ALTER TABLE ONLY public.dataset_version
    ADD CONSTRAINT dataset_version_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id);

ALTER TABLE ONLY public.embedding
    ADD CONSTRAINT embedding_image_id_fkey FOREIGN KEY (image_id) REFERENCES public.image(id);

ALTER TABLE ONLY public.fair_share
    ADD CONSTRAINT fair_share_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id);

ALTER TABLE ONLY public.goal
    ADD CONSTRAINT goal_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.person(id);

ALTER TABLE ONLY public.goal
    ADD CONSTRAINT goal_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id);

ALTER TABLE ONLY public.image_attribute
    ADD CONSTRAINT image_attribute_image_id_fkey FOREIGN KEY (image_id) REFERENCES public.image(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.image_attribute
    ADD CONSTRAINT image_attribute_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.attribute_consent(project_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.image
    ADD CONSTRAINT image_duplicate_of_fkey FOREIGN KEY (duplicate_of) REFERENCES public.image(id);

ALTER TABLE ONLY public.image
    ADD CONSTRAINT image_pool_id_fkey FOREIGN KEY (pool_id) REFERENCES public.pool(id);

ALTER TABLE ONLY public.intent
    ADD CONSTRAINT intent_goal_id_fkey FOREIGN KEY (goal_id) REFERENCES public.goal(id);

ALTER TABLE ONLY public.llm_call
    ADD CONSTRAINT llm_call_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.metric
    ADD CONSTRAINT metric_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.run(id);

ALTER TABLE ONLY public.model
    ADD CONSTRAINT model_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id);

ALTER TABLE ONLY public.model_version
    ADD CONSTRAINT model_version_model_id_fkey FOREIGN KEY (model_id) REFERENCES public.model(id);

ALTER TABLE ONLY public.model_version
    ADD CONSTRAINT model_version_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.run(id);

ALTER TABLE ONLY public.pool_entry
    ADD CONSTRAINT pool_entry_duplicate_of_fkey FOREIGN KEY (duplicate_of) REFERENCES public.image(id);

ALTER TABLE ONLY public.pool_entry
    ADD CONSTRAINT pool_entry_image_id_fkey FOREIGN KEY (image_id) REFERENCES public.image(id);

ALTER TABLE ONLY public.pool_entry
    ADD CONSTRAINT pool_entry_pool_id_fkey FOREIGN KEY (pool_id) REFERENCES public.pool(id);

ALTER TABLE ONLY public.pool_entry
    ADD CONSTRAINT pool_entry_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES public.upload_ticket(id);

ALTER TABLE ONLY public.pool
    ADD CONSTRAINT pool_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id);

ALTER TABLE ONLY public.project
    ADD CONSTRAINT project_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.person(id);

ALTER TABLE ONLY public.quota
    ADD CONSTRAINT quota_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.quota
    ADD CONSTRAINT quota_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id);

ALTER TABLE ONLY public.rating
    ADD CONSTRAINT rating_model_version_id_fkey FOREIGN KEY (model_version_id) REFERENCES public.model_version(id);

ALTER TABLE ONLY public.rating
    ADD CONSTRAINT rating_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.request
    ADD CONSTRAINT request_cited_run_id_fkey FOREIGN KEY (cited_run_id) REFERENCES public.run(id);

ALTER TABLE ONLY public.request
    ADD CONSTRAINT request_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.person(id);

ALTER TABLE ONLY public.request
    ADD CONSTRAINT request_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES public.person(id);

ALTER TABLE ONLY public.request
    ADD CONSTRAINT request_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id);

ALTER TABLE ONLY public.request
    ADD CONSTRAINT request_spec_id_fkey FOREIGN KEY (spec_id) REFERENCES public.spec(id);

ALTER TABLE ONLY public.round
    ADD CONSTRAINT round_curation_id_fkey FOREIGN KEY (curation_id) REFERENCES public.curation(id);

ALTER TABLE ONLY public.round
    ADD CONSTRAINT round_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);

ALTER TABLE ONLY public.run
    ADD CONSTRAINT run_cluster_id_fkey FOREIGN KEY (cluster_id) REFERENCES public.cluster(id);

ALTER TABLE ONLY public.run
    ADD CONSTRAINT run_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.person(id);

ALTER TABLE ONLY public.run_event
    ADD CONSTRAINT run_event_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.run(id);

ALTER TABLE ONLY public.run_file
    ADD CONSTRAINT run_file_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.run(id);

ALTER TABLE ONLY public.run_param
    ADD CONSTRAINT run_param_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.run(id);

ALTER TABLE ONLY public.run
    ADD CONSTRAINT run_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id);

ALTER TABLE ONLY public.run
    ADD CONSTRAINT run_request_id_fkey FOREIGN KEY (request_id) REFERENCES public.request(id);

ALTER TABLE ONLY public.run
    ADD CONSTRAINT run_spec_id_fkey FOREIGN KEY (spec_id) REFERENCES public.spec(id);

ALTER TABLE ONLY public.run_tag
    ADD CONSTRAINT run_tag_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.run(id);

ALTER TABLE ONLY public.spec
    ADD CONSTRAINT spec_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.person(id);

ALTER TABLE ONLY public.spec
    ADD CONSTRAINT spec_dataset_version_id_fkey FOREIGN KEY (dataset_version_id) REFERENCES public.dataset_version(id);

ALTER TABLE ONLY public.spec
    ADD CONSTRAINT spec_goal_id_fkey FOREIGN KEY (goal_id) REFERENCES public.goal(id);

ALTER TABLE ONLY public.spec
    ADD CONSTRAINT spec_intent_id_fkey FOREIGN KEY (intent_id) REFERENCES public.intent(id);

ALTER TABLE ONLY public.spec
    ADD CONSTRAINT spec_project_id_fkey FOREIGN KEY (project_id) REFERENCES public.project(id);

ALTER TABLE ONLY public.step
    ADD CONSTRAINT step_cached_from_fkey FOREIGN KEY (cached_from) REFERENCES public.step(id);

ALTER TABLE ONLY public.step
    ADD CONSTRAINT step_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.run(id);

ALTER TABLE ONLY public.upload_ticket
    ADD CONSTRAINT upload_ticket_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.person(id);

ALTER TABLE ONLY public.upload_ticket
    ADD CONSTRAINT upload_ticket_pool_id_fkey FOREIGN KEY (pool_id) REFERENCES public.pool(id);

ALTER TABLE ONLY public.verdict
    ADD CONSTRAINT verdict_candidate_id_fkey FOREIGN KEY (candidate_id) REFERENCES public.candidate(id);

ALTER TABLE ONLY public.verdict
    ADD CONSTRAINT verdict_curation_id_fkey FOREIGN KEY (curation_id) REFERENCES public.curation(id);

ALTER TABLE ONLY public.verdict
    ADD CONSTRAINT verdict_image_id_fkey FOREIGN KEY (image_id) REFERENCES public.image(id);

ALTER TABLE ONLY public.verdict
    ADD CONSTRAINT verdict_person_id_fkey FOREIGN KEY (person_id) REFERENCES public.person(id);
