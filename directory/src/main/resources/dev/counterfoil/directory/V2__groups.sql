-- Groups of people of one tenant. Times are milliseconds of the epoch.
CREATE TABLE people_group (
  id         INTEGER PRIMARY KEY NOT NULL,
  tenant     TEXT NOT NULL,
  name       TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  version    INTEGER NOT NULL,
  UNIQUE (tenant, name)
) STRICT;
CREATE TABLE membership (
  subject  TEXT NOT NULL REFERENCES person (subject) ON DELETE CASCADE,
  group_id INTEGER NOT NULL REFERENCES people_group (id) ON DELETE CASCADE,
  PRIMARY KEY (subject, group_id)
) STRICT;
CREATE INDEX membership_of_group ON membership (group_id, subject);
