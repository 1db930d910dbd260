-- At most one for a person. The secret is sealed with a key that is not in this database.
CREATE TABLE one_time_code (
  subject   ${text} PRIMARY KEY NOT NULL REFERENCES person (subject) ON DELETE CASCADE,
  sealed    ${bytes} NOT NULL,
  -- The last time step of which a code was used (RFC 6238, 5.2): none of it or before counts again.
  last_step ${number} NOT NULL,
  made_at   ${number} NOT NULL
) ${strict};
-- Those that were not used yet.
CREATE TABLE recovery_code (
  subject ${text} NOT NULL REFERENCES person (subject) ON DELETE CASCADE,
  hash    ${bytes} NOT NULL,
  PRIMARY KEY (subject, hash)
) ${strict};
