-- Of a password's hash that another system made: the same hash of nobody, without salt and value.
-- Null for our own hashes, and for people without a password.
ALTER TABLE person ADD COLUMN imported ${text};
CREATE INDEX person_of_imported ON person (imported);
