/**
 * Security advisories in CSAF 2.0: made, checked, and published as a trusted provider.
 *
 * <p>Drafts of the operator's people enter, and what other providers publish; each is parsed with a
 * limit and checked before anything is done with it.
 *
 * <p><b>Trust.</b> An attacker who controls this room where advisories are published signs and
 * publishes advisories in the operator's name. They are public from then on, and name the key. It
 * has no other key of the installation.
 */
@NullMarked
package dev.counterfoil.disclosure.advisories;

import org.jspecify.annotations.NullMarked;
