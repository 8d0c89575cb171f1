-- An answer was true of an earlier draft and is not of this one: the comment asks for another.
alter table edition_comments add column reopened_draft integer;
