-- Filings as they were handed in. Nothing here is ever overwritten but the pointers in `filings`: revisions, values and steps only grow.

-- One order for everything that is accepted. A D-number is the order within the year: `filing_order` minus the year's `base`.
-- Sequences are not transactional, so numbers have gaps and no waiting; each value is drawn once, so numbers have no duplicates.
create sequence filing_order;
create table filing_years (
    year integer primary key,
    base bigint not null
);

create table filings (
    number text primary key check (number ~ '^D-\d{4}-\d{6}$'),
    declarant_id uuid not null,
    -- The revision that counts. A withdrawal is a revision without lines.
    revision integer not null,
    state text not null check (state in ('received', 'counted', 'partly_counted', 'corrected', 'withdrawn')),
    -- Every department that a revision named: the coordinations that may read it.
    departments text[] not null,
    received_at timestamptz not null
);
create index filings_of_declarant on filings (declarant_id, received_at desc, number desc);
create index filings_by_time on filings (received_at desc, number desc);
create index filings_of_department on filings using gin (departments);

create table filing_revisions (
    number text not null references filings,
    revision integer not null,
    -- Drawn from filing_order: of two values of one line, the later accepted one counts.
    accepted bigint not null,
    kind text not null check (kind in ('received', 'corrected', 'withdrawn')),
    received_at timestamptz not null,
    reason text,
    declared_by text not null,
    door text not null,
    mode text,
    period text,
    departments jsonb not null,
    lines integer not null,
    replaced integer not null,
    parked integer not null,
    announced integer not null,
    sha256 text,
    traceparent text not null,
    counted_at timestamptz,
    dead integer,
    moves jsonb,
    positions jsonb,
    primary key (number, revision)
);
create index filing_revisions_by_file on filing_revisions (sha256);

-- What became of a filing, step by step, told by the services that did it.
create table filing_steps (
    number text not null,
    revision integer not null,
    step text not null check (step in ('received', 'counted', 'told')),
    service text not null,
    at timestamptz not null,
    trace_id text not null,
    primary key (number, revision, step)
);

-- Rows that were not good enough to count, kept with tokens in place of identity until the author completes them.
create table parked_lines (
    number text not null references filings,
    revision integer not null,
    line integer not null,
    content jsonb not null,
    errors jsonb not null,
    primary key (number, revision, line)
);
