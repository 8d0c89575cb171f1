"""From a spreadsheet as its author made it to lines of hours: the header found, columns recognised, months and totals put in order. Pure."""
