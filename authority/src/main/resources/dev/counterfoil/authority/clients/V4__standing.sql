-- The secret before, which counts until it is dropped: a client that runs in many places changes them one by one.
ALTER TABLE client ADD COLUMN old_secret_mac ${bytes};
-- Whether the client is refused, and from when on it is, in epoch seconds.
ALTER TABLE client ADD COLUMN disabled ${number} NOT NULL DEFAULT 0;
ALTER TABLE client ADD COLUMN expires_at ${number};
