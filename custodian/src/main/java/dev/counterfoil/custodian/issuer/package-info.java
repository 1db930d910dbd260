/**
 * An issuer as it is read from outside: key set, logs, record streams; and where alarms go.
 *
 * <p>Nothing of what an issuer says is trusted here before its signature is checked.
 *
 * <p><b>Trust.</b> An attacker who controls it hides an issuer's news from this custodian.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.custodian.issuer;
