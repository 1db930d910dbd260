/**
 * Whether a log may grow, by cosignatures, by what the registrar knows and by its own disk; and how
 * a log ends.
 *
 * <p>A reason to stop or to give records back enters here.
 *
 * <p><b>Trust.</b> An attacker who controls it has a log go on that its witnesses know longer;
 * every follower of the log sees that as a fork.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.signer.growth;
