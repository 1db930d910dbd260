-- What changed for people, until it was passed on to those who want to hear. Written with the change itself.
-- Times are milliseconds of the epoch.
CREATE TABLE person_change (
  id      ${id},
  kind    ${text} NOT NULL,
  subject ${text} NOT NULL,
  tenant  ${text} NOT NULL,
  was     ${text} NOT NULL,
  becomes ${text} NOT NULL,
  at      ${number} NOT NULL
) ${strict};
