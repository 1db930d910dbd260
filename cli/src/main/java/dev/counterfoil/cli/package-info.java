/**
 * The {@code counterfoil} command.
 *
 * <p><b>Trust.</b> It acts with the rights of the Unix user who runs it, and through the admin
 * sockets of the processes with what those grant that user. It takes tokens and secrets from files
 * and standard input, never from arguments, which every user of the machine can read.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.cli;
