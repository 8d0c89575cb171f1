-- Imports of procurement data: the job's state, and its rows while it runs.

create table imports (
    import_id uuid primary key,
    state text not null check (state in ('waiting', 'running', 'done', 'failed')),
    -- Name of the uploaded file among those kept until the job has run; public data, deleted afterwards.
    file_name text not null,
    sha256 text not null,
    bytes bigint not null,
    requested_by text not null,
    traceparent text,
    created_at timestamptz not null,
    -- Whoever runs the job holds it until then, and says so again while it works; a job left by a killed process is taken up again.
    held_until timestamptz,
    finished_at timestamptz,
    detail text,
    read bigint not null default 0,
    imported bigint not null default 0,
    repaired bigint not null default 0,
    duplicates bigint not null default 0,
    set_aside bigint not null default 0,
    outside_region bigint not null default 0,
    new_contracts bigint not null default 0,
    changed_contracts bigint not null default 0,
    reasons jsonb not null default '{}'
);
create index imports_to_run on imports (created_at) where state in ('waiting', 'running');

-- One row for each row of the file, with its one outcome. Unlogged: a crash loses it, and the job starts again from the file.
create unlogged table import_rows (
    import_id uuid not null,
    position bigint not null,
    buyer text not null,
    decp_id text not null,
    published_on date,
    digest bytea not null,
    outcome text not null,
    reason text,
    -- For a duplicate: the position of the row that stands.
    winner bigint,
    in_region boolean not null,
    part text,
    primary key (import_id, position)
);
create index import_rows_by_contract on import_rows (import_id, buyer, decp_id);

-- What was said of the rows that did not become contracts, kept for whoever wants to put the source right.
create table import_remarks (
    import_id uuid not null references imports,
    position bigint not null,
    outcome text not null,
    reason text,
    winner bigint,
    buyer text not null,
    decp_id text not null,
    primary key (import_id, position)
);

-- What an import did is asked of the history, so that a job that is run again counts the same.
create index contract_revisions_by_author on contract_revisions (changed_by);
