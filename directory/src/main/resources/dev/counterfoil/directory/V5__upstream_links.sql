-- Accounts at other providers that sign people in.
CREATE TABLE upstream_link (
  issuer  ${text} NOT NULL,
  account ${text} NOT NULL,
  subject ${text} NOT NULL REFERENCES person (subject) ON DELETE CASCADE,
  label   ${text} NOT NULL,
  made_at ${number} NOT NULL,
  PRIMARY KEY (issuer, account)
) ${strict};
CREATE INDEX upstream_link_of_person ON upstream_link (subject);
CREATE INDEX person_of_email ON person (tenant, lower(email));
