"""Documents to take home: PDFs typeset by typst, tagged for screen readers (PDF/UA-1), and Word documents to go on with."""
