-- The handle that all tokens of a client carry, by which one revocation ends them (spec/token.md). 128 random bits.
ALTER TABLE client ADD COLUMN revocation_group ${bytes};
UPDATE client SET revocation_group = ${random16};
