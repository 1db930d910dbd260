/**
 * How a process of this program starts and ends: its role, its exit codes, the provider of its
 * cryptography, the last lines of its log.
 *
 * <p>Only what both roles need before they know their work enters here.
 *
 * <p><b>Trust.</b> It holds no key. Who controls it stops a signer or registrar, or changes what
 * its operator reads about that.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.signer.process;
