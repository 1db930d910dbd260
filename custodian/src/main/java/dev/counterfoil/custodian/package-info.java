/**
 * The custodian holds every counterfoil of a domain's logs, and cosigns what it holds. It receives
 * them over a stream that resumes, checks each against its leaf under a checkpoint that the log's
 * key signed, files it by tenant, and makes it durable. The monitor has one inside; on another host
 * one runs alone.
 *
 * <p><b>Trust.</b> An attacker who controls a custodian can read the counterfoils (who got which
 * token when, and for what), withhold them from their tenants, leave tenants' counts out of its
 * statements, and cosign what it does not hold. It cannot issue, sign, revoke or change a token,
 * nor make another log of what it holds: the log's key signs each head, and a counterfoil is no
 * token, since it has no signature. An attacker who controls the authority between can hold the
 * stream back, which is a finding; it cannot pass off a false counterfoil, since the leaves decide,
 * nor make the custodian cosign anything that the log's key did not sign.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.custodian;
