-- Where an item leads, where that does not follow from its kind.
alter table deliveries add column page text;
