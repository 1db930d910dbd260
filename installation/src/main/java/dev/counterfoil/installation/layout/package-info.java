/**
 * Where an installation's files, sockets and keys lie, and what is written into its configuration.
 *
 * <p><b>Trust.</b> It writes secrets into files that only their owner reads.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.installation.layout;
