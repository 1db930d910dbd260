-- What is to be told of findings, in order. Written with the finding itself, so that none is left out.
CREATE TABLE finding_changes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  finding INTEGER NOT NULL,
  what TEXT NOT NULL,
  at_ms INTEGER NOT NULL DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER))
);
CREATE TRIGGER finding_raised AFTER INSERT ON findings
BEGIN
  INSERT INTO finding_changes (finding, what) VALUES (NEW.id, 'raised');
END;
CREATE TRIGGER finding_changed AFTER UPDATE OF kind, severity ON findings
WHEN OLD.kind != NEW.kind OR OLD.severity != NEW.severity
BEGIN
  INSERT INTO finding_changes (finding, what) VALUES (NEW.id, 'changed');
END;
CREATE TRIGGER finding_resolved AFTER UPDATE OF state ON findings
WHEN OLD.state != NEW.state
BEGIN
  INSERT INTO finding_changes (finding, what) VALUES (NEW.id, 'resolved');
END;
-- How far each channel has told them, and since when it cannot.
CREATE TABLE notification_channels (
  name TEXT PRIMARY KEY,
  told INTEGER NOT NULL,
  failing_since_ms INTEGER
) WITHOUT ROWID;
