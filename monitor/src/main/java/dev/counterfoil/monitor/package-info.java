/**
 * The monitor: takes in sightings of tokens, matches them with the counterfoils that it holds, and
 * raises a finding where a token has none. It has a {@link dev.counterfoil.custodian.Custodian}
 * inside, which holds the counterfoils away from the signer.
 *
 * <p><b>Trust.</b> An attacker who controls the monitor can hide findings and invent them, and read
 * the counterfoils: who got which token when, and for what. It cannot issue, sign, revoke or change
 * a token or a log, and a counterfoil is no token, since it has no signature; the evidence of
 * forged tokens that it finds in the database is of use only where a forged token is accepted
 * anyway. An attacker who controls a reporter can report what never happened, under its own name,
 * and keep silent, which the numbers of its batches show. An attacker who controls an authority can
 * hold counterfoils back, which is a finding; it cannot pass a false one off, because the leaves
 * decide.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.monitor;
