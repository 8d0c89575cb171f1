-- Who is in the team, as the annuaire said it over time: for the letter of the new school year.
create table team_members (
    person_id uuid not null,
    name text not null,
    since timestamptz not null,
    until timestamptz,
    primary key (person_id, since)
);

-- A calendar that its owner's software subscribes to. The address holds a code made from the id: nothing secret is stored.
create table calendar_feeds (
    feed_id uuid primary key,
    person_id uuid not null,
    department text,
    created_at timestamptz not null,
    revoked_at timestamptz,
    read_at timestamptz
);
create index calendar_feeds_of on calendar_feeds (person_id) where revoked_at is null;
