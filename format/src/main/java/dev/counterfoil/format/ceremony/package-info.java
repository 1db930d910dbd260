/**
 * What goes from one holder of a root to the next and back to a registrar.
 *
 * <p><b>Trust.</b> An attacker who controls it shows holders other than what they sign; what they
 * signed is checked again by every verifier.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.format.ceremony;
