-- Accounts at other providers that sign people in.
CREATE TABLE upstream_link (
  issuer  TEXT NOT NULL,
  account TEXT NOT NULL,
  subject TEXT NOT NULL REFERENCES person (subject) ON DELETE CASCADE,
  label   TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  PRIMARY KEY (issuer, account)
) STRICT;
CREATE INDEX upstream_link_of_person ON upstream_link (subject);
CREATE INDEX person_of_email ON person (tenant, lower(email));
