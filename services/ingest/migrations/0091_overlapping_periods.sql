-- A month and the quarter, semester or year that holds it are hours told twice: the better source's counts (decision 0132).
-- `elsewhere`: the rank that counts here is held by lines of an overlapping period, not by lines of this one.
alter table source_periods add column elsewhere boolean not null default false;
-- Held alone while a period is opened in a contract's year, together while nobody may open one there that overlaps.
create table source_years (
    contract_uid uuid not null,
    year smallint not null,
    primary key (contract_uid, year)
);
