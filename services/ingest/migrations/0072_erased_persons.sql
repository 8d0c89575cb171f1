-- Persons who asked to be forgotten: a digest of their token, so that the next whole export of a declarant does not bring them back.
-- Every filing reads this table; an erasure locks it alone for a moment, so that no filing on its way slips through.
create table erased_persons (
    digest bytea primary key,
    erased_at timestamptz not null
);
