-- How many contracts a revision names: counting them among 50,000 values takes longer than a page may.
alter table filing_revisions add column contracts integer;
