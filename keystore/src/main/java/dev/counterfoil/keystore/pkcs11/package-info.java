/**
 * PKCS#11 from the library up: calls, templates, log-ins, the PIN, signatures.
 *
 * <p>Only what every HSM understands enters here; what its keys are for is decided above.
 *
 * <p><b>Trust.</b> An attacker who controls it, or the HSM's library, uses the HSM's keys as long
 * as the process is logged in. The HSM does not give them out.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.keystore.pkcs11;
