"""A published table as people and machines take it: on a page, as a chart, as a file. One view, one address, every form."""
