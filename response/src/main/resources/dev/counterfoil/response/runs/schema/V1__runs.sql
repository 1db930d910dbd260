-- What playbooks did. state: waiting, running, done, failed, cancelled, undone.
CREATE TABLE runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  playbook TEXT NOT NULL,
  finding INTEGER NOT NULL,
  summary TEXT NOT NULL,
  state TEXT NOT NULL,
  persons INTEGER NOT NULL,
  opened_ms INTEGER NOT NULL,
  ended_ms INTEGER
);
CREATE INDEX runs_of_state ON runs (state, id);
-- state: planned, begun, done, failed, undone. A step that is begun may have been done.
CREATE TABLE steps (
  run INTEGER NOT NULL,
  number INTEGER NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  person TEXT,
  state TEXT NOT NULL,
  reach INTEGER,
  what TEXT,
  at_ms INTEGER NOT NULL,
  took_ms INTEGER,
  said TEXT,
  PRIMARY KEY (run, number)
) WITHOUT ROWID;
CREATE INDEX steps_by_time ON steps (at_ms);
-- Who decided what about a run: never changed.
CREATE TABLE decisions (
  run INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  person TEXT NOT NULL,
  what TEXT NOT NULL
);
CREATE INDEX decisions_of ON decisions (run);
-- The last finding that was decided about.
CREATE TABLE followed (after INTEGER NOT NULL);
INSERT INTO followed VALUES (0);
