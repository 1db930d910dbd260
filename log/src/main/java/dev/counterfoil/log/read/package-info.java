/**
 * The public side of a log, read from a folder or over HTTP, with proofs from it.
 *
 * <p>Bytes from outside enter here, and each reader checks what it takes from them.
 *
 * <p><b>Trust.</b> An attacker who controls it withholds a log from its readers; what does not fit
 * a signed checkpoint is refused.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.log.read;
