"""The store below the journal: tables, their versions, the hash chain, and the walk that checks it."""
