-- Groups of people of one tenant. Times are milliseconds of the epoch.
CREATE TABLE people_group (
  id         ${id},
  tenant     ${text} NOT NULL,
  name       ${text} NOT NULL,
  created_at ${number} NOT NULL,
  version    ${number} NOT NULL,
  UNIQUE (tenant, name)
) ${strict};
CREATE TABLE membership (
  subject  ${text} NOT NULL REFERENCES person (subject) ON DELETE CASCADE,
  group_id ${number} NOT NULL REFERENCES people_group (id) ON DELETE CASCADE,
  PRIMARY KEY (subject, group_id)
) ${strict};
CREATE INDEX membership_of_group ON membership (group_id, subject);
