-- What a participant looks for (a need 12 to 18 months ahead, hours to place) or can do, for the meetings of ten minutes.
create table openmap_profiles (
    participant_id uuid primary key references participants,
    sectors text[] not null default '{}',
    departments text[] not null default '{}',
    hours integer check (hours between 0 and 10000000),
    quarter text,
    about text,
    free_from time,
    free_until time,
    changed_at timestamptz not null
);

create table openmap_wishes (
    participant_id uuid not null references participants,
    wished_id uuid not null references participants,
    primary key (participant_id, wished_id)
);

-- What the team decides by hand: a pair apart, or pinned (to a slot or to any).
create table openmap_pairs (
    edition_id uuid not null references openmap_editions,
    seeker_id uuid not null references participants,
    structure_id uuid not null references participants,
    rule text not null check (rule in ('APART', 'PIN')),
    slot integer,
    primary key (edition_id, seeker_id, structure_id)
);

create table openmap_timetables (
    edition_id uuid not null references openmap_editions,
    revision integer not null,
    made_at timestamptz not null,
    made_by text not null,
    starts_at timestamp not null,
    slots integer not null,
    tables integer not null,
    value integer not null,
    bound integer not null,
    seconds real not null,
    meetings jsonb not null,
    primary key (edition_id, revision)
);
