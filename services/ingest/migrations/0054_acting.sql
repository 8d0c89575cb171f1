-- « Déclarer pour le compte de »: the facilitator that handed a revision in for the organisation declared for.
alter table filing_revisions add column acting_id uuid;
