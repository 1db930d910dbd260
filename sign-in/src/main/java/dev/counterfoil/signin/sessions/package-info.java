/**
 * Sessions of people: their secrets turn while they are used, and the second use of an old one ends
 * them. They are kept as hashes.
 *
 * <p>Which person proved what, and when, enters here. How they proved it does not.
 *
 * <p><b>Trust.</b> An attacker who controls it can be any person of the domain towards the
 * authority, as one who controls sign-in. A thief of the file alone signs in as nobody.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.signin.sessions;
