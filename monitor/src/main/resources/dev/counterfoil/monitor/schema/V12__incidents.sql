-- Findings that belong together. state: open, closed, or merged into another.
CREATE TABLE incidents (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  domain TEXT NOT NULL,
  state TEXT NOT NULL,
  owner TEXT,
  verdict TEXT,
  merged_into INTEGER,
  opened_ms INTEGER NOT NULL
);
CREATE TABLE incident_findings (
  finding INTEGER PRIMARY KEY,
  incident INTEGER NOT NULL
);
CREATE INDEX incident_findings_of ON incident_findings (incident, finding);
-- What they have in common, and when an incident last showed it.
CREATE TABLE incident_clues (
  domain TEXT NOT NULL,
  clue TEXT NOT NULL,
  incident INTEGER NOT NULL,
  last_ms INTEGER NOT NULL,
  PRIMARY KEY (domain, clue, incident)
) WITHOUT ROWID;
CREATE INDEX incident_clues_of ON incident_clues (incident);
-- What people did with an incident: never changed.
CREATE TABLE incident_notes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  incident INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  author TEXT NOT NULL,
  what TEXT NOT NULL,
  text TEXT NOT NULL
);
CREATE INDEX incident_notes_of ON incident_notes (incident, id);
-- The last finding that was grouped.
CREATE TABLE incidents_grouped (after INTEGER NOT NULL);
INSERT INTO incidents_grouped (after) VALUES (0);
