/**
 * An issuer's published keys, and what is weak about them.
 *
 * <p><b>Trust.</b> Keys are a stranger's and are only looked at.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.assess.key;
