"""An edition as documents to take home: the panorama and its sheets, in PDF and Word, from the tables of one release."""
