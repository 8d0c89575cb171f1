-- Openmap editions and department events of companies and ESS structures: one form for both.
create table openmap_editions (
    edition_id uuid primary key,
    kind text not null check (kind in ('OPENMAP', 'EVENEMENT_DEPARTEMENTAL')),
    number integer unique,
    department text,
    title text not null,
    trade text not null,
    sectors text[] not null default '{}',
    cpv text[] not null default '{}',
    day date not null,
    half text not null check (half in ('MORNING', 'AFTERNOON', 'DAY')),
    place text not null,
    access text,
    accessibility text,
    summary text,
    pitch_criteria text[] not null default '{}',
    pitch_until date,
    meeting_id uuid unique references meetings,
    copied_from uuid references openmap_editions,
    diagnostic_id uuid,
    revision integer not null default 1,
    created_by text not null,
    created_at timestamptz not null,
    check ((kind = 'OPENMAP') = (number is not null)),
    check (kind = 'OPENMAP' or department is not null)
);
create index openmap_by_day on openmap_editions (day, edition_id);

-- The programme while it is being made; published, it becomes the meeting's sessions.
create table openmap_programme (
    edition_id uuid not null references openmap_editions,
    rank integer not null,
    session_id uuid,
    name text not null,
    kind text not null,
    starts_at time not null,
    ends_at time not null,
    capacity integer check (capacity > 0),
    place text,
    travel_minutes integer check (travel_minutes between 0 and 240),
    primary key (edition_id, rank),
    check (starts_at < ends_at)
);

-- The retro-planning: what has to be done how many days before the day.
create table openmap_steps (
    edition_id uuid not null references openmap_editions,
    step text not null,
    label text not null,
    due date not null,
    done_on date,
    done_by text,
    primary key (edition_id, step)
);

-- What a person said once for all sessions of a meeting.
create table participants (
    participant_id uuid primary key,
    meeting_id uuid not null references meetings,
    name text not null,
    email text not null,
    organisation text not null,
    siret text,
    role text not null,
    shares_contact boolean not null default false,
    needs text,
    registered_at timestamptz not null
);
create unique index participants_once on participants (meeting_id, lower(email));
