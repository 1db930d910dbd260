-- What was presented and refused, and no key of ours had signed: counted by the domain that reported
-- it, key, refusal and minute. kid is empty where no domain stated the key. presenters is JSON.
CREATE TABLE tallies (
  minute_ms INTEGER NOT NULL,
  domain TEXT NOT NULL,
  kid TEXT NOT NULL,
  outcome TEXT NOT NULL,
  count INTEGER NOT NULL,
  first_ms INTEGER NOT NULL,
  last_ms INTEGER NOT NULL,
  presenters TEXT NOT NULL,
  PRIMARY KEY (minute_ms, domain, kid, outcome)
) WITHOUT ROWID;
CREATE INDEX tallies_by_key ON tallies (kid, outcome);
