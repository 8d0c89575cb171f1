-- A page reads whole tables of one release: by split and period, over all indicators.
create index published_cells_table on published_cells (release, split, period);
