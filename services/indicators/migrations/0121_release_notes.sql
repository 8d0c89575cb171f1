-- Why figures changed, in the team's words, beside the differences that the page works out itself. Public like the release; never changed.
create table release_notes (
    release text not null references published_releases,
    at timestamptz not null,
    said text not null check (length(said) between 1 and 1000),
    primary key (release, at)
);
do $$
begin
    if exists (select from pg_roles where rolname = 'indicators_public') then
        grant select on release_notes to indicators_public;
    end if;
end $$;
