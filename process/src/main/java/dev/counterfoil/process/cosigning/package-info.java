/**
 * What cosigners say of a log, as it comes from the authority: whether a log that starts again may
 * grow, was put back, or has a second history.
 *
 * <p>Only what holds for a log of tokens and for the key log enters here.
 *
 * <p><b>Trust.</b> An attacker who controls it has a log go on that its witnesses know longer;
 * every follower of the log sees that as a fork.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.process.cosigning;
