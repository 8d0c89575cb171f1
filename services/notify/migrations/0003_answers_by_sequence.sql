-- An answer holds while time and place do: a corrected title keeps it.
alter table answers rename column revision to sequence;
