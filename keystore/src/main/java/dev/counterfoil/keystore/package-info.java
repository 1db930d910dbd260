/**
 * Keys at rest: how they are made in a process that ends, sealed, opened, and moved from one seal
 * to another; and the keys of logs and statements.
 *
 * <p>A private key enters here only as it is made or opened, and leaves only as a handle that
 * signs.
 *
 * <p><b>Trust.</b> An attacker who controls it has every key that the process holds in software.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.keystore;
