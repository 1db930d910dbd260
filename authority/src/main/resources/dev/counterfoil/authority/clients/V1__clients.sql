-- The clients of one trust domain.
CREATE TABLE client (
  client_id     ${text} PRIMARY KEY NOT NULL,
  -- The registration as a JSON object, members as in RFC 7591 where it has them.
  registration  ${text} NOT NULL,
  -- HMAC-SHA-256 of the secret under the domain's pepper; null for clients with keys.
  secret_mac    ${bytes},
  -- Epoch seconds.
  registered_at ${number} NOT NULL,
  changed_at    ${number} NOT NULL
) ${strict};
