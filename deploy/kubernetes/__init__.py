"""Many machines: manifests made from the map of topics, the table of processes and the roles of databases, beside those written by hand."""
