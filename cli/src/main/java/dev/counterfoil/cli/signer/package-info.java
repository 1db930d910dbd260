/**
 * Commands about one signer or registrar: its doctor, its diagnosis, its successor.
 *
 * <p><b>Trust.</b> They act through the admin socket, with what it grants the Unix user.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.cli.signer;
