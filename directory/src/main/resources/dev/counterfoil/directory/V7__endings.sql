-- What ended for a person or a client, for the other authorities of the domain. Times are milliseconds of the epoch.
CREATE TABLE ending (
  id        ${id},
  kind      ${text} NOT NULL,
  -- A person's subject, or the id of a client.
  whose     ${text} NOT NULL,
  -- Of a consent the client's id, else empty.
  client_id ${text} NOT NULL,
  why       ${text} NOT NULL,
  -- Which authority ended it at itself.
  authority ${number} NOT NULL,
  at        ${number} NOT NULL
) ${strict};
CREATE INDEX ending_at ON ending (at);
