-- One row a line of hours, the newest revision only. Retracted lines stay as rows (live = false, values null or 0): a late older
-- revision never revives one. Codes are stored as they came; what a vocabulary does not know is shown « autre ».
-- No secondary index carries a column that a correction changes, so that corrections stay on their page (HOT) in the room of fillfactor.
create table facts (
    line_id uuid primary key,
    revision integer not null,
    live boolean not null,
    contract_uid uuid not null,
    declarant_id uuid,
    employer text,                      -- SIRET, else the normalised name
    period_start date,
    period_months smallint,             -- 1, 3, 6 or 12
    department text,
    commune text,
    residence text,
    centihours bigint not null default 0,
    training bigint,
    modality text,
    work_contract text,
    work_starts date,
    work_ends date,
    sex text,
    birth text,                         -- year-month, or the year alone
    qpv boolean,
    public text,
    education text,
    unemployment text,
    prescriber text,
    person text,                        -- regional token, null unless the row gave a full identity
    person_local text,
    group_persons integer,
    group_women integer,
    group_under_26 integer,
    group_qpv integer,
    source text
) with (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.1, autovacuum_analyze_scale_factor = 0.05);
create index facts_department on facts (department, period_start);

-- Hours of live lines, moved in the transaction that moves the facts. Few rows, rewritten all the time: room on the page, vacuumed early.
create table totals (
    department text not null,
    month date not null,                -- first day; lines of one month only
    centihours bigint not null,
    lines bigint not null,
    primary key (department, month)
) with (fillfactor = 25, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);

-- Lines of a quarter, a semester or a year: they belong to no month.
create table totals_longer (
    department text not null,
    period_start date not null,
    period_months smallint not null,
    centihours bigint not null,
    lines bigint not null,
    primary key (department, period_start, period_months)
) with (fillfactor = 25, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);

-- What each transaction touched. batch_no is drawn in the offsets row that the transaction locks: per (topic, partition) its order is the
-- order of the commits, so a replica whose cursor is a vector of batch_no never misses a row. Topic 'hours': line ids; 'contracts':
-- contract uids. Other writers use a topic of their own name. `moved` says which figures moved, as '93/2026'.
create table changes (
    topic text not null,
    partition integer not null,
    batch_no bigint not null,
    ids uuid[] not null,
    moved text[] not null default '{}',
    at timestamptz not null default now(),
    primary key (topic, partition, batch_no)
) with (autovacuum_vacuum_scale_factor = 0.05);
alter table changes alter column ids set storage external;      -- random bytes: trying to compress them is lost work
create index changes_at on changes (at);

-- What each contract is, as ingest last said. Attributes are joined when a question is asked, never stored in totals.
create table contracts (
    contract_uid uuid primary key,
    revision integer not null,
    withdrawn boolean not null default false,
    number text,
    object text,
    buyer_siret text,
    buyer_kind text,
    buyer_id uuid,
    department text,
    starts_on date,
    ends_on date,
    notified_on date,
    mechanisms text[] not null default '{}',
    hours_committed integer,
    programme text,
    sector text,
    cpv text,
    amount numeric,
    has_clause boolean not null default false
) with (fillfactor = 90);

-- How far each revision of a filing is. `seen` has one bit a line: duplicates and superseded lines set a bit that is set, so they neither
-- count twice nor keep the filing open. `dead` is the part of `seen` that could not be read.
create table filing_progress (
    declaration_id text not null,
    revision integer not null,
    expected integer not null check (expected > 0),
    seen bit varying not null,
    dead bit varying not null,
    positions jsonb not null default '{}',          -- 'hours/3' → batch_no of the last of its lines in that partition
    traceparent text,                               -- a sampled one as soon as one was seen
    first_seen_at timestamptz not null default now(),
    counted_at timestamptz,
    primary key (declaration_id, revision)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
alter table filing_progress alter column seen set storage external;
alter table filing_progress alter column dead set storage external;
create index filing_progress_open on filing_progress (first_seen_at) where counted_at is null;

-- The hours of a revision's lines before and after it, per department, added up over the batches that applied them.
create table filing_moves (
    declaration_id text not null,
    revision integer not null,
    department text not null,
    centihours_before bigint not null,
    centihours_after bigint not null,
    primary key (declaration_id, revision, department)
) with (fillfactor = 70);

-- What was last announced of a department's year, and up to which change. Only the task that announces writes here.
create table figures_announced (
    department text not null,
    year integer not null,
    moved_at timestamptz,                           -- null: nothing to announce
    announced_at timestamptz,
    primary key (department, year)
);
create table figures_cursor (
    topic text not null,
    partition integer not null,
    batch_no bigint not null,
    primary key (topic, partition)
);

-- The reader of hours stages its rows in a session's temporary table.
do $$
begin
    if exists (select from pg_roles where rolname = 'indicators') then
        execute format('grant temporary on database %I to indicators', current_database());
    end if;
end $$;
