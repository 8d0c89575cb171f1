-- « Ce fichier remplace nos déclarations du … au … »: lines that a filing says are no more. An ending stands in the line's stack like a value
-- that counts nothing; withdrawing the filing takes it away, and a later value stands on top of it.
create table line_endings (
    number text not null references filings,
    filing_revision integer not null,
    line_id uuid not null,
    -- Of the revision that said it first: a correction of the filing keeps its endings where they were.
    accepted bigint not null,
    primary key (number, filing_revision, line_id)
);
create index line_endings_stack on line_endings (line_id);
alter table filing_revisions add column ended integer not null default 0;
