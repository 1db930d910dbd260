/**
 * Sample tokens, and what is weak about them and about the keys that they name.
 *
 * <p><b>Trust.</b> Tokens are secrets of their users and are never shown.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.assess.token;
