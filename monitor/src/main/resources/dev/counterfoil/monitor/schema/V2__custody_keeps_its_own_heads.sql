-- The custodian keeps the heads of its logs beside the counterfoils.
DROP TABLE log_heads;
