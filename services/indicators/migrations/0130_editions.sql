-- An edition on its way: draft, review by the coordinations, validated, published. What the public may read of it is copied once.
create table editions (
    edition text primary key check (edition ~ '^\d{4}-\d{1,3}$'),      -- 2026-1: the first edition of 2026
    ordinal integer generated always as identity unique,
    year integer not null,                          -- the year that it is about
    title text not null,
    final boolean not null,
    minimum_coverage smallint not null,             -- departments covered, of eight
    least_share smallint not null,                  -- % of the structures expected (I33) from which a department is covered
    says_not text not null,
    state text not null default 'DRAFT' check (state in ('DRAFT', 'REVIEW', 'VALIDATED', 'PUBLISHED')),
    draft integer not null default 0,               -- the newest; 0: none yet
    deadline date,
    opened_at timestamptz,
    minutes text,
    validated_at timestamptz,
    validated_by text,
    published_at timestamptz,
    release text references published_releases,
    created_at timestamptz not null,
    created_by text not null
);

-- A draft is a whole release that was protected and attacked, and that the public role cannot read. Never two editions at once in `release`.
create table edition_drafts (
    release text primary key,                       -- 2026-1-e3: the third draft (« épreuve ») of edition 2026-1
    edition text not null references editions,
    draft integer not null,
    composed_at timestamptz not null,
    figures_until date not null,
    cells integer not null,
    hidden integer not null,
    periods text[] not null,
    positions text not null,
    not_ready text[] not null,
    attacked integer not null,
    seconds jsonb not null,                         -- how long it took to protect and to attack
    after text,                                     -- the newest release at that time: another one since, and the draft is stale
    coverage jsonb not null,                        -- department → % of the structures expected (I33), null: none expected
    hidden_totals text[] not null,                  -- departments (or 11) whose hours of the edition's year are hidden
    sheets jsonb not null,                          -- department → fingerprint of its sheet
    rules jsonb not null,
    fictional boolean not null,
    fingerprints jsonb not null,                    -- year → what its lines came to
    knowledge bytea not null,                       -- what the attacker knew besides the tables: true values among it
    unique (edition, draft)
);
create table draft_cells (
    release text not null references edition_drafts on delete cascade,
    indicator text not null,
    period text not null,
    split text not null,
    code_1 text not null,
    code_2 text not null,
    value text,
    status text not null check (status in ('ok', 'secret', 'nc') and (status = 'ok') = (value is not null)),
    since text references published_releases,
    primary key (release, indicator, period, split, code_1, code_2)
);
create index draft_cells_table on draft_cells (release, split, period);
create table draft_shares (
    release text not null references edition_drafts on delete cascade,
    period text not null,
    joinable_share text not null,
    primary key (release, period)
);
create table draft_memory (
    release text not null references edition_drafts on delete cascade,
    year text not null,
    measure text not null,
    packed bytea not null,
    primary key (release, year, measure)
);
create table draft_atoms (
    release text not null references edition_drafts on delete cascade,
    year text not null,
    packed bytea not null,
    primary key (release, year)
);

-- What a coordination says of a figure of its sheet, and what became of it.
create table edition_comments (
    comment_id uuid primary key,
    edition text not null references editions,
    draft integer not null,
    department text not null,
    figure text not null,                           -- I01/2025/department/93, or « sheet »
    printed text not null,                          -- as it stood there
    kind text not null check (kind in ('OBJECTION', 'QUESTION', 'REMARK')),
    said text not null,
    said_by text not null,
    at timestamptz not null,
    outcome text check (outcome in ('CORRECTED', 'EXPLAINED', 'KEPT')),
    answer text,
    answered_by text,
    answered_at timestamptz,
    answered_draft integer
);
create index edition_comments_edition on edition_comments (edition, at);

-- Where each coordination is with its sheet.
create table edition_reviews (
    edition text not null references editions,
    department text not null,
    seen_at timestamptz not null,
    agreed_at timestamptz,
    agreed_by text,
    agreed_draft integer,
    agreed_sheet text,                              -- fingerprint: an agreement holds while the sheet stays the same
    primary key (edition, department)
);

-- The public's part, written once.
create table published_editions (
    edition text primary key,
    release text not null unique references published_releases,
    year integer not null,
    title text not null,
    final boolean not null,
    closed_on date not null,                        -- « données arrêtées au … »
    says_not text not null,
    minutes text not null,
    coverage jsonb not null,
    least_share smallint not null,
    checks jsonb not null,                          -- [{title, said}]: what was checked before it was signed off
    published_at timestamptz not null
);
create table published_corrigenda (
    corrigendum text primary key,                   -- 2026-1-c1
    edition text not null references published_editions,
    number integer not null,
    release text not null references published_releases,    -- where the corrected figures are printed
    said text not null,
    figures jsonb not null,                         -- [{figure, before, after}]
    published_at timestamptz not null,
    unique (edition, number)
);
-- Composed once from the published tables; the same bytes for ever.
create table published_documents (
    edition text not null references published_editions,
    name text not null,                             -- panorama.pdf, departements/93.docx, etudes/femmes.pdf
    media_type text not null,
    body bytea not null,
    made_at timestamptz not null,
    primary key (edition, name)
);
alter table published_documents alter column body set storage external;

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'an edition that is published does not change: publish a corrigendum';
end $$;
create trigger published_editions_frozen before update or delete on published_editions execute function refuse_change();
create trigger published_corrigenda_frozen before update or delete on published_corrigenda execute function refuse_change();
create trigger published_documents_frozen before update or delete on published_documents execute function refuse_change();
create function refuse_change_of_edition() returns trigger language plpgsql as $$
begin
    if exists (select from published_editions where release = old.release) then
        raise exception 'an edition that is published does not change: publish a corrigendum';
    end if;
    return coalesce(new, old);
end $$;
create trigger published_cells_frozen before update or delete on published_cells for each row execute function refuse_change_of_edition();

-- A draft through the eyes of what reads releases: the same names in a schema of its own, which the public role cannot use.
create schema drafts;
create view drafts.published_releases as
    select d.release, -1::bigint as seq, d.composed_at as published_at, d.figures_until, d.cells, d.hidden, d.periods, d.positions, d.rules,
        d.fictional, d.not_ready, null::integer as edition
    from public.edition_drafts d;
create view drafts.published_cells as select * from public.draft_cells;
create view drafts.published_shares as select * from public.draft_shares;
create view drafts.published_editions as
    select e.edition, d.release, e.year, e.title, e.final, (d.composed_at at time zone 'Europe/Paris')::date as closed_on, e.says_not,
        coalesce(e.minutes, '') as minutes, d.coverage, e.least_share, '[]'::jsonb as checks, d.composed_at as published_at
    from public.edition_drafts d join public.editions e using (edition);

do $$
begin
    if exists (select from pg_roles where rolname = 'indicators') then
        grant usage on schema drafts to indicators;
        grant select on all tables in schema drafts to indicators;
    end if;
    if exists (select from pg_roles where rolname = 'indicators_public') then
        grant select on published_editions, published_corrigenda, published_documents to indicators_public;
    end if;
end $$;
