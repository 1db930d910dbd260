-- When each client was last used, to a quarter of an hour, in epoch seconds. Counted in memory and written once a
-- minute: a crash may lose the last minute.
CREATE TABLE client_use (
  client_id  ${text} NOT NULL REFERENCES client (client_id) ON DELETE CASCADE,
  -- Empty for the client itself; else a name of one of its secrets or keys (ClientUses).
  credential ${text} NOT NULL,
  used_at    ${number} NOT NULL,
  PRIMARY KEY (client_id, credential)
) ${strict};
-- Of uses before this nothing is known.
ALTER TABLE client_revision ADD COLUMN uses_since ${number};
