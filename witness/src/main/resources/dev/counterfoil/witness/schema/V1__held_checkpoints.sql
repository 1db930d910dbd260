-- The checkpoint of each log that was cosigned last. origin_hash is the lower-case hexadecimal
-- SHA-256 of the origin, as it stands in the monitoring URL.
CREATE TABLE held_checkpoint (
  origin TEXT NOT NULL PRIMARY KEY,
  origin_hash TEXT NOT NULL UNIQUE,
  size INTEGER NOT NULL,
  root TEXT NOT NULL,
  timestamp INTEGER NOT NULL,
  note TEXT NOT NULL
) STRICT;

-- The public keys that cosigned what is held here. A key that is not among them belongs to another
-- database, and must not sign beside this one.
CREATE TABLE cosigner_key (
  vkey TEXT NOT NULL PRIMARY KEY
) STRICT;

-- Two checkpoints of one size and different roots, both signed by their log: proof that it showed
-- two histories. Never cosigned. The first of each size is kept.
CREATE TABLE fork (
  origin TEXT NOT NULL,
  size INTEGER NOT NULL,
  held TEXT NOT NULL,
  offered TEXT NOT NULL,
  PRIMARY KEY (origin, size)
) STRICT;
