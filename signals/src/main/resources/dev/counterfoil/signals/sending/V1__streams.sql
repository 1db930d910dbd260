-- Who is told of security events, and what has to be told still. Times are milliseconds of the epoch.
CREATE TABLE stream (
  id            ${text} PRIMARY KEY NOT NULL,
  -- A client has one.
  client_id     ${text} NOT NULL UNIQUE,
  tenant        ${text} NOT NULL,
  -- enabled, paused or disabled (SSF 1.0 8.1.2).
  status        ${text} NOT NULL,
  reason        ${text},
  -- What the receiver said, as JSON.
  settings      ${text} NOT NULL,
  -- The Authorization header for what is posted; null for none.
  credential    ${text},
  created_at    ${number} NOT NULL,
  verified_at   ${number} NOT NULL,
  -- While a receiver does not answer.
  failures      ${number} NOT NULL,
  next_at       ${number} NOT NULL,
  error         ${text},
  -- Events that found no room.
  dropped       ${number} NOT NULL,
  -- Which authority sends, and until when no other one does.
  sender        ${text} NOT NULL,
  sender_until  ${number} NOT NULL
) ${strict};
CREATE INDEX stream_of_tenant ON stream (tenant);
-- Whose events a stream does not get any more.
CREATE TABLE removed_subject (
  stream_id ${text} NOT NULL REFERENCES stream (id) ON DELETE CASCADE,
  subject   ${text} NOT NULL,
  PRIMARY KEY (stream_id, subject)
) ${strict};
-- Events that were put out already, so that one which is told here twice goes out once.
CREATE TABLE told (
  event_id ${text} PRIMARY KEY NOT NULL,
  at       ${number} NOT NULL
) ${strict};
CREATE INDEX told_at ON told (at);
-- Events of other transmitters that were acted on.
CREATE TABLE received (
  issuer ${text} NOT NULL,
  jti    ${text} NOT NULL,
  at     ${number} NOT NULL,
  PRIMARY KEY (issuer, jti)
) ${strict};
CREATE INDEX received_at ON received (at);
CREATE TABLE delivery (
  id        ${id},
  stream_id ${text} NOT NULL REFERENCES stream (id) ON DELETE CASCADE,
  event_id  ${text} NOT NULL,
  type      ${text} NOT NULL,
  subject   ${text} NOT NULL,
  detail    ${text} NOT NULL,
  at        ${number} NOT NULL,
  -- waiting to be signed or sent, ready to be polled, or dead.
  state     ${text} NOT NULL,
  -- Signed once: however often it is sent, it is the same.
  token     ${text},
  jti       ${text},
  attempts  ${number} NOT NULL,
  next_at   ${number} NOT NULL,
  error     ${text},
  UNIQUE (stream_id, event_id)
) ${strict};
CREATE INDEX delivery_due ON delivery (stream_id, state, id);
CREATE INDEX delivery_jti ON delivery (stream_id, jti);
