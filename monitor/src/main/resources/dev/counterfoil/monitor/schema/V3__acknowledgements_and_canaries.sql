-- The last word of each process that verifies tokens (spec/acknowledgements.md).
CREATE TABLE acknowledgements (
  client TEXT NOT NULL,
  instance TEXT NOT NULL,
  heard_ms INTEGER NOT NULL,
  json TEXT NOT NULL,
  PRIMARY KEY (client, instance)
) WITHOUT ROWID;

-- Who takes tokens of a domain, as far as anything shows it. source: audience (tokens were issued
-- for it) or service (it reported a sighting).
CREATE TABLE known_services (
  domain TEXT NOT NULL,
  source TEXT NOT NULL,
  name TEXT NOT NULL,
  last_ms INTEGER NOT NULL,
  PRIMARY KEY (domain, source, name)
) WITHOUT ROWID;

-- Decoy keys: nobody else knows which of the withdrawn keys they are.
CREATE TABLE canaries (
  kid TEXT PRIMARY KEY,
  domain TEXT NOT NULL,
  note TEXT NOT NULL,
  made_ms INTEGER NOT NULL
) WITHOUT ROWID;
