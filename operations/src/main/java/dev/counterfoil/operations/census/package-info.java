/**
 * Who knows which keys: what verifiers acknowledge, who fetched a JWKS, and which services would
 * let a thief in.
 *
 * <p><b>Trust.</b> It shows what the monitor and the authority say, and proves none of it.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.operations.census;
