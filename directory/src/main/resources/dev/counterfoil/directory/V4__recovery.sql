-- At most one for a person: a link that takes the place of everything by which the person signs in,
-- and holds only once the person had time to stop it. Only the SHA-256 of its secret is here.
CREATE TABLE recovery (
  subject    ${text} PRIMARY KEY NOT NULL REFERENCES person (subject) ON DELETE CASCADE,
  hash       ${bytes} NOT NULL UNIQUE,
  begun_at   ${number} NOT NULL,
  due_at     ${number} NOT NULL,
  expires_at ${number} NOT NULL
) ${strict};
