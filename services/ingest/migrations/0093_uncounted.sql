-- Asked every fifteen seconds: what waits is few, among all revisions that ever were.
create index filing_revisions_uncounted on filing_revisions (received_at) where counted_at is null;
