-- What a verifier refused though its key had signed it, or could not show to be issued: matched
-- before whatever else waits.
ALTER TABLE sightings ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0;
CREATE INDEX sightings_urgent ON sightings (id) WHERE state = 'open' AND urgent = 1;
