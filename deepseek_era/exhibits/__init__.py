"""Charts and tables of the report: one function per exhibit, one shared theme."""
