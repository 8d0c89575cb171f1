"""The columnar replica that each web process keeps of the facts: the database remains the record, this can be thrown away."""
