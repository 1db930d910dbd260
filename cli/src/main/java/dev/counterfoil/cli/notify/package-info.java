/**
 * The commands {@code notify}: whether those who are on call would hear of a finding.
 *
 * <p>Only questions to the monitor and their answers enter here.
 *
 * <p><b>Trust.</b> An attacker who controls it shows a dead channel as one that works. It reads no
 * secret of a channel.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.cli.notify;
