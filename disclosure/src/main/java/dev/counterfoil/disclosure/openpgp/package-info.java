/**
 * OpenPGP signatures on what is published: detached ones, and clear-signed texts (RFC 9580).
 *
 * <p>A secret key enters from its file, and bytes to sign or to verify.
 *
 * <p><b>Trust.</b> An attacker who controls this room has the key with which advisories and
 * security.txt are signed. It signs no token, log or key statement.
 */
@NullMarked
package dev.counterfoil.disclosure.openpgp;

import org.jspecify.annotations.NullMarked;
