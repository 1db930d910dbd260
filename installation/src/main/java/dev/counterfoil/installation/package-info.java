/**
 * An installation on one machine: where its files lie, how its processes are started, watched and
 * stopped.
 *
 * <p><b>Trust.</b> An attacker who controls this part is the Unix user that runs everything here:
 * it can read what that user can read, software keys and their passphrase among it, and stop any
 * process. That is the price of one user for all; the units that give each process a user of its
 * own take it away.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.installation;
