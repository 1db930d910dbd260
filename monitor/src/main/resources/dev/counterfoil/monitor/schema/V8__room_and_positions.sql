-- What may be forgotten where room is needed, the oldest first, without reading what may not.
CREATE INDEX sightings_forgettable ON sightings (id) WHERE state IN ('matched', 'unmatched');
-- Whether two tokens name one position past a log's tip.
CREATE INDEX findings_by_position ON findings (domain, log, position)
  WHERE beyond_tip = 1 AND state = 'open';
