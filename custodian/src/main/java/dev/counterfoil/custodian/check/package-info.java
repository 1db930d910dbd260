/**
 * The other end of custody: tenants and auditors fetch what a custodian holds, and check that it is
 * all.
 *
 * <p>Nothing of a custodian's own disk or keys enters here.
 *
 * <p><b>Trust.</b> An attacker who controls it tells one tenant that all is there; another who
 * checks the same statements sees what is missing.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.custodian.check;
