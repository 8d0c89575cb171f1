-- The declarations were corrected, and the printed figure is not: the correction speaks of too few.
alter table edition_comments drop constraint edition_comments_outcome_check;
alter table edition_comments add constraint edition_comments_outcome_check
    check (outcome in ('CORRECTED', 'NOT_UPDATED', 'EXPLAINED', 'KEPT'));
