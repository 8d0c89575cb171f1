-- Structures that want to present themselves in a few minutes; the team selects by criteria the applicant has seen.
create table openmap_pitches (
    pitch_id uuid primary key,
    edition_id uuid not null references openmap_editions,
    organisation text not null,
    siret text,
    name text not null,
    email text not null,
    role text not null,
    title text not null,
    about text not null,
    answers text[] not null default '{}',
    state text not null check (state in ('received', 'selected', 'refused', 'withdrawn')),
    rank integer,
    reason text,
    applied_at timestamptz not null,
    decided_at timestamptz
);
create unique index openmap_pitches_once on openmap_pitches (edition_id, lower(email)) where state <> 'withdrawn';
