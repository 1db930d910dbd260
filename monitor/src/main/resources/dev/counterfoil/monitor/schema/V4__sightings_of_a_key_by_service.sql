-- How many of a key's tokens were sighted where, without reading every sighting.
CREATE INDEX sightings_matched ON sightings (
  kid,
  json_extract(json, '$.service'),
  coalesce(json_extract(json, '$.digest'), json_extract(json, '$.jti'), id)
) WHERE state = 'matched';

-- Logs of two domains may have one name: what is found of a log says whose it is.
UPDATE findings SET token = domain || ' ' || token
  WHERE kind IN ('log-damaged', 'log-repaired', 'cosigner-failing', 'split-view', 'log-fork',
    'log-rollback', 'counterfoil-missing', 'counterfoil-damaged', 'key-set-rollback');
