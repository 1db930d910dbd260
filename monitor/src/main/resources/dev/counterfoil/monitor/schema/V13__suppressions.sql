-- What is not to be told for a while, who said so, and who looks after it. Never changed but to be
-- approved or ended.
CREATE TABLE suppressions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  domain TEXT NOT NULL,
  kind TEXT NOT NULL,
  rule TEXT NOT NULL,
  about TEXT NOT NULL,
  reason TEXT NOT NULL,
  owner TEXT NOT NULL,
  persons INTEGER NOT NULL,
  added_by TEXT NOT NULL,
  approved_by TEXT,
  ended_by TEXT,
  from_ms INTEGER NOT NULL,
  until_ms INTEGER NOT NULL
);
-- Whether a finding was right, as a person says: the last word counts.
CREATE TABLE finding_feedback (
  finding INTEGER PRIMARY KEY,
  verdict TEXT NOT NULL,
  author TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  text TEXT NOT NULL
);
-- How far playbooks are, by the response process's own events.
CREATE TABLE playbook_runs (
  domain TEXT NOT NULL,
  run INTEGER NOT NULL,
  finding INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  json TEXT NOT NULL,
  PRIMARY KEY (domain, run)
) WITHOUT ROWID;
CREATE INDEX playbook_runs_of ON playbook_runs (finding);
-- A suppressed finding is not told; one that comes again after its suppression is.
DROP TRIGGER finding_raised;
CREATE TRIGGER finding_raised AFTER INSERT ON findings
WHEN NEW.state != 'suppressed' AND EXISTS (SELECT 1 FROM notification_channels)
BEGIN
  INSERT INTO finding_changes (finding, what) VALUES (NEW.id, 'raised');
END;
DROP TRIGGER finding_changed;
CREATE TRIGGER finding_changed AFTER UPDATE OF kind, severity ON findings
WHEN (OLD.kind != NEW.kind OR OLD.severity != NEW.severity) AND NEW.state != 'suppressed'
  AND EXISTS (SELECT 1 FROM notification_channels)
BEGIN
  INSERT INTO finding_changes (finding, what) VALUES (NEW.id, 'changed');
END;
DROP TRIGGER finding_resolved;
CREATE TRIGGER finding_resolved AFTER UPDATE OF state ON findings
WHEN OLD.state != NEW.state AND OLD.state != 'suppressed' AND EXISTS (SELECT 1 FROM notification_channels)
BEGIN
  INSERT INTO finding_changes (finding, what) VALUES (NEW.id, 'resolved');
END;
CREATE TRIGGER finding_again AFTER UPDATE OF state ON findings
WHEN OLD.state = 'suppressed' AND NEW.state = 'open' AND EXISTS (SELECT 1 FROM notification_channels)
BEGIN
  INSERT INTO finding_changes (finding, what) VALUES (NEW.id, 'raised');
END;
