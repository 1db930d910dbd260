/**
 * The root: its versions, its holders' joint signatures, what it delegates.
 *
 * <p>A rule enters here that a quorum of holders signs.
 *
 * <p><b>Trust.</b> An attacker who controls it makes any process a registrar.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.format.root;
