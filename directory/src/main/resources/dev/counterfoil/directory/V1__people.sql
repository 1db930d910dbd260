-- The people of one trust domain. Times are milliseconds of the epoch.
CREATE TABLE person (
  subject        TEXT PRIMARY KEY NOT NULL,
  tenant         TEXT NOT NULL,
  username       TEXT NOT NULL UNIQUE,
  name           TEXT NOT NULL,
  email          TEXT,
  email_verified INTEGER NOT NULL,
  disabled       INTEGER NOT NULL,
  created_at     INTEGER NOT NULL,
  version        INTEGER NOT NULL,
  -- A PHC string; null for people without a password.
  password       TEXT
) STRICT;
CREATE INDEX person_of_tenant ON person (tenant, username);
-- At most one for a person. The secret of the link is not here, only its SHA-256.
CREATE TABLE invitation (
  subject    TEXT PRIMARY KEY NOT NULL REFERENCES person (subject) ON DELETE CASCADE,
  hash       BLOB NOT NULL UNIQUE,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE TABLE passkey (
  id         BLOB PRIMARY KEY NOT NULL,
  subject    TEXT NOT NULL REFERENCES person (subject) ON DELETE CASCADE,
  attested   BLOB NOT NULL,
  sign_count INTEGER NOT NULL,
  backed_up  INTEGER NOT NULL,
  label      TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  used_at    INTEGER
) STRICT;
CREATE INDEX passkey_of_person ON passkey (subject);
CREATE TABLE consent (
  subject   TEXT NOT NULL REFERENCES person (subject) ON DELETE CASCADE,
  client_id TEXT NOT NULL,
  -- Scope values with spaces between them.
  scopes    TEXT NOT NULL,
  at        INTEGER NOT NULL,
  until     INTEGER,
  PRIMARY KEY (subject, client_id)
) STRICT;
