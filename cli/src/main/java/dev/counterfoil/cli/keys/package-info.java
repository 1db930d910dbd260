/**
 * Commands about token keys: list, pause, confirm, revoke, adopt.
 *
 * <p><b>Trust.</b> They act through admin sockets, with what those grant the Unix user; no private
 * key passes through here but that of a canary, which is made to be lost.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.cli.keys;
