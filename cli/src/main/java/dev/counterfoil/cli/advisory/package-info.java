/**
 * Security advisories on the command line: drafted, checked, published as a CSAF provider, and the
 * same looked at from outside.
 *
 * <p>The operator's files enter, and what other providers publish.
 *
 * <p><b>Trust.</b> An attacker who controls this room where advisories are published has the key
 * that signs them. It has no other key of any installation.
 */
@NullMarked
package dev.counterfoil.cli.advisory;

import org.jspecify.annotations.NullMarked;
