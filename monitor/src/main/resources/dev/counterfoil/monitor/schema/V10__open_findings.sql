-- How many findings are open is counted for every reader of the figures.
CREATE INDEX findings_open ON findings (severity) WHERE state = 'open';
