-- Who came, as ticked at the door. `at` is the ticking device's clock: of two ticks the later one counts, whenever they arrive.
create table attendance (
    registration_id uuid primary key references registrations,
    present boolean not null,
    at timestamptz not null,
    revision integer not null,
    recorded_at timestamptz not null,
    by text not null
);

-- Somebody who came without having registered.
create table walk_ins (
    walk_in_id uuid primary key,
    meeting_id uuid not null references meetings,
    session_id uuid not null references sessions,
    name text not null,
    email text not null,
    organisation text not null,
    role text not null,
    recorded_at timestamptz not null,
    by text not null
);
create unique index walk_ins_once on walk_ins (session_id, lower(email));

-- After the day: minutes, what participants say of it, what came of it.
create table openmap_minutes (
    edition_id uuid primary key references openmap_editions,
    text text not null,
    published boolean not null,
    revision integer not null,
    by text not null,
    at timestamptz not null
);

create table openmap_surveys (
    participant_id uuid primary key references participants,
    useful smallint not null check (useful between 1 and 5),
    contacts integer check (contacts between 0 and 1000),
    comment text,
    at timestamptz not null
);

create table openmap_outcomes (
    outcome_id uuid primary key,
    participant_id uuid not null references participants,
    kind text not null,
    hours integer check (hours between 0 and 10000000),
    about text,
    at timestamptz not null
);
create index openmap_outcomes_of on openmap_outcomes (participant_id);
