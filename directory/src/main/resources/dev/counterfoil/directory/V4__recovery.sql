-- At most one for a person: a link that takes the place of everything by which the person signs in,
-- and holds only once the person had time to stop it. Only the SHA-256 of its secret is here.
CREATE TABLE recovery (
  subject    TEXT PRIMARY KEY NOT NULL REFERENCES person (subject) ON DELETE CASCADE,
  hash       BLOB NOT NULL UNIQUE,
  begun_at   INTEGER NOT NULL,
  due_at     INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
