-- Where no channel is configured, nothing is to be told, and a flood of findings costs no row more.
DROP TRIGGER finding_raised;
CREATE TRIGGER finding_raised AFTER INSERT ON findings
WHEN EXISTS (SELECT 1 FROM notification_channels)
BEGIN
  INSERT INTO finding_changes (finding, what) VALUES (NEW.id, 'raised');
END;
DROP TRIGGER finding_changed;
CREATE TRIGGER finding_changed AFTER UPDATE OF kind, severity ON findings
WHEN (OLD.kind != NEW.kind OR OLD.severity != NEW.severity) AND EXISTS (SELECT 1 FROM notification_channels)
BEGIN
  INSERT INTO finding_changes (finding, what) VALUES (NEW.id, 'changed');
END;
DROP TRIGGER finding_resolved;
CREATE TRIGGER finding_resolved AFTER UPDATE OF state ON findings
WHEN OLD.state != NEW.state AND EXISTS (SELECT 1 FROM notification_channels)
BEGIN
  INSERT INTO finding_changes (finding, what) VALUES (NEW.id, 'resolved');
END;
