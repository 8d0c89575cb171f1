-- A file that waits is shown to its organisation; sent, only the number of its filing is left until its 24 hours are over: whoever presses
-- « Envoyer » twice, or comes back, finds the receipt.
alter table spooled_files add column number text;
create index spooled_files_of_owner on spooled_files (owner, created_at desc) where number is null;
