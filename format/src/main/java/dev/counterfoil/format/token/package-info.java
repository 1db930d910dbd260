/**
 * The strict reader of compact JWS tokens.
 *
 * <p><b>Trust.</b> What this package returns is unverified: it is what someone claims. It is
 * exported only to the parts that check it.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.format.token;
