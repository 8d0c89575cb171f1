-- A plan of ateliers: the question as it was asked (see planning/instance.py), the last answer, and where each atelier stands.
create table atelier_plans (
    plan_id uuid primary key,
    revision integer not null,
    title text not null,
    kind text not null,
    question jsonb not null,
    answer jsonb not null,
    created_by text not null,
    created_at timestamptz not null,
    accepted_at timestamptz
);

create table atelier_placements (
    plan_id uuid not null references atelier_plans,
    atelier text not null,
    day date not null,
    half text not null check (half in ('MORNING', 'AFTERNOON')),
    animator text not null,
    room text not null,
    primary key (plan_id, atelier)
);

-- What people were told: the meeting that an accepted atelier became.
create table atelier_meetings (
    plan_id uuid not null references atelier_plans,
    atelier text not null,
    meeting_id uuid not null unique references meetings,
    told jsonb not null,
    primary key (plan_id, atelier)
);
