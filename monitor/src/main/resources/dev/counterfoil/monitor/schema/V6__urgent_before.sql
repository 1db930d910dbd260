-- What was open when the column came is urgent by the same rule. A row that cannot be read is set aside when its turn comes.
UPDATE sightings SET urgent = 1
  WHERE state = 'open'
    AND CASE WHEN json_valid(json)
      THEN json_extract(json, '$.evidence') IS NOT NULL OR json_extract(json, '$.signed')
      ELSE 0 END;
