"""Documents to take home: typeset by typst, tagged for screen readers (PDF/UA-1)."""
