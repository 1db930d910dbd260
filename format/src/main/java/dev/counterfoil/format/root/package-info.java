/**
 * The root: its versions, its holders' joint signatures, what it delegates.
 *
 * <p>A rule enters here that a quorum of holders signs.
 *
 * <p><b>Trust.</b> Who controls it makes a registrar of whom he likes.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.format.root;
