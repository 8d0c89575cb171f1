-- What goes with a meeting beside its minutes: slides, a guide, a recording, each where it lies.
create table meeting_links (
    link_id uuid primary key,
    meeting_id uuid not null references meetings,
    title text not null,
    url text not null,
    published boolean not null,
    by_name text not null,
    at timestamptz not null
);
create index meeting_links_of on meeting_links (meeting_id);
