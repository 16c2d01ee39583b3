"""One ledger for one world: who paid whom because of the event, added up so that nothing counts twice."""
