/**
 * How others report a weakness to us, and how we tell of one: security.txt (RFC 9116).
 *
 * <p>The operator's words enter, and what another site publishes, with a limit.
 *
 * <p><b>Trust.</b> An attacker who controls this room sends reporters to another address, under the
 * key that signs advisories.
 */
@NullMarked
package dev.counterfoil.disclosure.weaknesses;

import org.jspecify.annotations.NullMarked;
