-- What the observatory announced last: figures of a department's year, releases.
create table figures (
    department text not null,
    year integer not null,
    centihours bigint not null,
    persons integer not null,
    women integer not null,
    contracts integer not null,
    fte numeric not null,
    moved_at timestamptz not null,
    primary key (department, year)
);
create table releases (
    release text primary key,
    figures_until date not null,
    cells integer not null,
    hidden integer not null,
    published_at timestamptz not null
);

-- The questions of a year. A version is never changed; the last one is the form's.
create table diagnostic_questions (
    year integer not null check (year between 2000 and 2100),
    version integer not null,
    sections jsonb not null,
    by text not null,
    at timestamptz not null,
    primary key (year, version)
);

create table diagnostics (
    diagnostic_id uuid primary key,
    year integer not null,
    department text not null,
    version integer not null,
    revision integer not null default 1,
    state text not null check (state in ('TO_FILL', 'SUBMITTED', 'REVIEWED')),
    answer_by date not null,
    requested_at timestamptz not null,
    reminded_at timestamptz,
    told_progress integer not null default 0,
    told_at timestamptz not null,
    submitted_at timestamptz,
    submitted_by text,
    reviewed_at timestamptz,
    reviewed_by text,
    comment text,
    unique (year, department),
    foreign key (year, version) references diagnostic_questions
);

-- Every answer that was ever saved; the highest revision of a question counts.
create table diagnostic_answers (
    diagnostic_id uuid not null references diagnostics,
    question text not null,
    revision integer not null,
    value text not null,
    by text not null,
    by_name text not null,
    editor uuid,
    at timestamptz not null,
    primary key (diagnostic_id, question, revision)
);
