-- Lines that stand beside another source's (« rapprochement »): few, and asked for newest first.
create index lines_beside on lines (period_start desc, contract_uid, period_months) where rank > 0 and not announced;

-- The operation that a contract's clause names: several contracts make one report.
alter table contracts add column operation text generated always as (declared -> 'clause' ->> 'operation') stored;
create index contracts_of_operation on contracts (operation, number, uid) where operation is not null;
