-- Lines without a person, few beside the others: whether a group stands where a filing brings persons is seen without reading the persons' lines.
create index lines_of_groups on lines (contract_uid, period_start, period_months) where rank > 0 and person is null;
