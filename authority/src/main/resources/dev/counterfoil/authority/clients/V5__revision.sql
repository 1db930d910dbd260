-- Rises with each change, so that the other authorities of the domain read the clients again.
CREATE TABLE client_revision (
  revision ${number} NOT NULL
) ${strict};
INSERT INTO client_revision VALUES (0);
