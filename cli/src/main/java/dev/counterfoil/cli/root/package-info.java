/**
 * Commands of the root's holders, and the ceremony's files.
 *
 * <p><b>Trust.</b> A holder's private key is opened here, on a machine of their own. An attacker
 * who controls these commands signs in that holder's name, and needs the others' for a quorum.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.cli.root;
