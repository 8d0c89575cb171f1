-- A file between its upload and its sending: encrypted with a key that is not in the database, gone when sent or after 24 hours.
create table spooled_files (
    id uuid primary key,
    owner uuid not null,
    name text not null,
    sealed bytea not null,
    -- what the author answered so far; corrected cells may name people
    answers bytea,
    created_at timestamptz not null,
    expires_at timestamptz not null
);
create index spooled_files_expires on spooled_files (expires_at);

-- What an organisation answered about files with these titles: the next one is only asked what is new.
create table import_layouts (
    declarant_id uuid not null,
    layout text not null,
    answers jsonb not null,
    used_at timestamptz not null,
    primary key (declarant_id, layout)
);
