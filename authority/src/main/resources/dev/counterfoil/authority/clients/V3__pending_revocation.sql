-- Groups whose tokens the registrar has still to revoke: written with the change that ended the group.
CREATE TABLE pending_revocation (
  revocation_group ${bytes} PRIMARY KEY NOT NULL,
  -- Tokens are revoked that were issued before this time, in epoch seconds.
  before           ${number} NOT NULL
) ${strict};
