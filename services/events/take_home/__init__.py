"""Documents to take home: what a page shows, as a Word document or a workbook to be worked on without this site."""
