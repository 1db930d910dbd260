-- A batch of sightings as a reporter sent it. The digest of its body keeps a repeated request from
-- being counted twice, and lets a reporter that lost its numbering be heard all the same.
CREATE TABLE batches (
  client TEXT NOT NULL,
  reporter TEXT NOT NULL,
  sequence INTEGER NOT NULL,
  digest BLOB NOT NULL,
  received_ms INTEGER NOT NULL,
  PRIMARY KEY (client, reporter, sequence, digest)
) WITHOUT ROWID;
CREATE INDEX batches_age ON batches (received_ms);

-- A run of a reporter: batches whose numbers follow one another. A reporter that starts again, or
-- a second process of the same name, begins another run.
CREATE TABLE reporter_runs (
  client TEXT NOT NULL,
  reporter TEXT NOT NULL,
  first_sequence INTEGER NOT NULL,
  last_sequence INTEGER NOT NULL,
  last_lost INTEGER NOT NULL,
  last_heard_ms INTEGER NOT NULL,
  PRIMARY KEY (client, reporter, first_sequence)
) WITHOUT ROWID;

-- state: open until it is matched; then matched, unmatched (nothing can be said) or found.
CREATE TABLE sightings (
  id INTEGER PRIMARY KEY,
  client TEXT NOT NULL,
  reporter TEXT NOT NULL,
  received_ms INTEGER NOT NULL,
  kid TEXT,
  state TEXT NOT NULL,
  json TEXT NOT NULL
);
CREATE INDEX sightings_open ON sightings (id) WHERE state = 'open';
CREATE INDEX sightings_by_key ON sightings (kid, id) WHERE state = 'found';
CREATE INDEX sightings_age ON sightings (received_ms);

CREATE TABLE findings (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  severity TEXT NOT NULL,
  domain TEXT NOT NULL,
  kid TEXT NOT NULL,
  token TEXT NOT NULL,
  jti TEXT,
  digest TEXT,
  log TEXT,
  position INTEGER,
  beyond_tip INTEGER NOT NULL,
  first_seen_ms INTEGER NOT NULL,
  last_seen_ms INTEGER NOT NULL,
  raised_ms INTEGER NOT NULL,
  count INTEGER NOT NULL,
  state TEXT NOT NULL,
  summary TEXT NOT NULL,
  detail TEXT NOT NULL
);
CREATE UNIQUE INDEX findings_once ON findings (kind, kid, token);
CREATE INDEX findings_by_jti ON findings (jti) WHERE jti IS NOT NULL;
CREATE INDEX findings_by_key ON findings (kid, id);

CREATE TABLE log_heads (
  domain TEXT NOT NULL,
  log TEXT NOT NULL,
  checkpoint TEXT NOT NULL,
  vouched_size INTEGER NOT NULL,
  PRIMARY KEY (domain, log)
) WITHOUT ROWID;

CREATE TABLE known_keys (
  kid TEXT PRIMARY KEY,
  domain TEXT NOT NULL,
  statement TEXT NOT NULL
) WITHOUT ROWID;
