-- Thematic studies: the tables of a theme as an edition prints them, with what the network makes of them.
create table edition_studies (
    edition text not null references editions,
    theme text not null,                            -- femmes, jeunes …: catalogue/themes.py
    said text not null,                             -- the analysis, a paragraph a line
    said_by text not null,
    at timestamptz not null,
    primary key (edition, theme)
);
create table published_studies (
    edition text not null references published_editions,
    theme text not null,
    said text not null,
    primary key (edition, theme)
);
create trigger published_studies_frozen before update or delete on published_studies execute function refuse_change();
create view drafts.published_studies as select edition, theme, said from public.edition_studies;

do $$
begin
    if exists (select from pg_roles where rolname = 'indicators') then
        grant select on all tables in schema drafts to indicators;
    end if;
    if exists (select from pg_roles where rolname = 'indicators_public') then
        grant select on published_studies to indicators_public;
    end if;
end $$;
