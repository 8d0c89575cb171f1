-- Committees and colleges of the observatory. The colleges are the audiences that the network names (a proposal, to be confirmed with users).
create table bodies (
    code text primary key,
    kind text not null check (kind in ('COMITE', 'COLLEGE')),
    name text not null,
    mission text not null default '',
    rank integer not null,
    active boolean not null default true
);
insert into bodies (code, kind, name, mission, rank) values
    ('LANCEMENT', 'COMITE', 'Comité de lancement', 'Lance l’observatoire et ses collèges.', 1),
    ('STRATEGIQUE', 'COMITE', 'Comité stratégique', 'Arrête les feuilles de route des collèges et valide les éditions.', 2),
    ('ACHETEURS', 'COLLEGE', 'Collège des acheteurs', '', 3),
    ('MAITRES_OUVRAGE', 'COLLEGE', 'Collège des maîtres d’ouvrage du Grand Paris', '', 4),
    ('ELUS', 'COLLEGE', 'Collège des élus', '', 5),
    ('COORDINATIONS', 'COLLEGE', 'Collège des coordinations', '', 6),
    ('PARTENAIRES', 'COLLEGE', 'Collège des partenaires de l’insertion et du handicap', '', 7),
    ('PRESCRIPTEURS', 'COLLEGE', 'Collège des prescripteurs', '', 8);

create table body_members (
    member_id uuid primary key,
    body text not null references bodies,
    person_id uuid,
    department text,
    email text,
    name text,
    organisation text,
    role text not null check (role in ('CHAIR', 'MEMBER', 'SECRETARY')),
    since date not null,
    until date,
    check (num_nonnulls(person_id, department, email) = 1),
    check (until is null or since <= until)
);
create index body_members_of on body_members (body, since);

create table body_meetings (
    meeting_id uuid primary key references meetings,
    body text not null references bodies
);

create table agenda_items (
    meeting_id uuid not null references meetings,
    rank integer not null,
    title text not null,
    kind text not null check (kind in ('INFORMATION', 'DISCUSSION', 'DECISION')),
    minutes integer check (minutes between 1 and 480),
    presenter text,
    primary key (meeting_id, rank)
);

-- Every version of the minutes; the highest revision counts, the highest published one is everybody's.
create table minutes (
    meeting_id uuid not null references meetings,
    revision integer not null,
    text text not null,
    published boolean not null,
    by text not null,
    by_name text not null,
    at timestamptz not null,
    primary key (meeting_id, revision)
);

create table decisions (
    decision_id uuid primary key,
    number text not null unique,
    meeting_id uuid not null references meetings,
    title text not null,
    text text not null,
    outcome text not null check (outcome in ('ADOPTED', 'REJECTED', 'POSTPONED')),
    release text,
    decided_on date not null,
    by text not null,
    at timestamptz not null
);

create table roadmaps (
    roadmap_id uuid primary key,
    body text not null references bodies,
    title text not null,
    summary text not null default '',
    starts_on date not null,
    ends_on date not null,
    meeting_id uuid references meetings,
    created_at timestamptz not null,
    check (starts_on < ends_on)
);

-- `revision` counts what was announced, `version` what people changed.
create table actions (
    action_id uuid primary key,
    revision integer not null,
    version integer not null,
    title text not null,
    detail text not null default '',
    due date not null,
    state text not null check (state in ('OPEN', 'DONE', 'DROPPED')),
    person_id uuid,
    department text,
    college text references bodies,
    evidence text not null default '',
    evidence_link text,
    roadmap_id uuid references roadmaps,
    diagnostic_id uuid references diagnostics,
    decision_id uuid references decisions,
    told_on date,
    created_by text not null,
    created_at timestamptz not null,
    changed_at timestamptz not null,
    check (num_nonnulls(person_id, department, college) = 1)
);
create index actions_open on actions (due) where state = 'OPEN';

create table action_history (
    action_id uuid not null references actions,
    version integer not null,
    at timestamptz not null,
    by_name text not null,
    state jsonb not null,
    primary key (action_id, version)
);

create table milestones (
    milestone_id uuid primary key,
    revision integer not null,
    title text not null,
    planned_on date not null,
    due_on date not null,
    done_on date,
    measure text not null check (measure in ('NONE', 'COVERAGE', 'MANUAL')),
    year integer,
    minimum integer,
    figure integer,
    unit text,
    release text,
    check (measure <> 'COVERAGE' or (year is not null and minimum is not null)),
    check (measure <> 'MANUAL' or (minimum is not null and figure is not null))
);

create table milestone_moves (
    milestone_id uuid not null references milestones,
    at timestamptz not null,
    from_on date not null,
    to_on date not null,
    reason text not null,
    by_name text not null
);
