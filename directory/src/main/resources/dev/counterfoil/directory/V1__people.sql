-- The people of one trust domain. Times are milliseconds of the epoch.
CREATE TABLE person (
  subject        ${text} PRIMARY KEY NOT NULL,
  tenant         ${text} NOT NULL,
  username       ${text} NOT NULL UNIQUE,
  name           ${text} NOT NULL,
  email          ${text},
  email_verified ${number} NOT NULL,
  disabled       ${number} NOT NULL,
  created_at     ${number} NOT NULL,
  version        ${number} NOT NULL,
  -- A PHC string; null for people without a password.
  password       ${text}
) ${strict};
CREATE INDEX person_of_tenant ON person (tenant, username);
-- At most one for a person. The secret of the link is not here, only its SHA-256.
CREATE TABLE invitation (
  subject    ${text} PRIMARY KEY NOT NULL REFERENCES person (subject) ON DELETE CASCADE,
  hash       ${bytes} NOT NULL UNIQUE,
  expires_at ${number} NOT NULL
) ${strict};
CREATE TABLE passkey (
  id         ${bytes} PRIMARY KEY NOT NULL,
  subject    ${text} NOT NULL REFERENCES person (subject) ON DELETE CASCADE,
  attested   ${bytes} NOT NULL,
  sign_count ${number} NOT NULL,
  backed_up  ${number} NOT NULL,
  label      ${text} NOT NULL,
  created_at ${number} NOT NULL,
  used_at    ${number}
) ${strict};
CREATE INDEX passkey_of_person ON passkey (subject);
CREATE TABLE consent (
  subject   ${text} NOT NULL REFERENCES person (subject) ON DELETE CASCADE,
  client_id ${text} NOT NULL,
  -- Scope values with spaces between them.
  scopes    ${text} NOT NULL,
  at        ${number} NOT NULL,
  until     ${number},
  PRIMARY KEY (subject, client_id)
) ${strict};
