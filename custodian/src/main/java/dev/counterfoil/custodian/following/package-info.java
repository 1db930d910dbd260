/**
 * Follows logs: takes their streams in, checks each record against its leaf, and says what is held.
 *
 * <p>A record enters here and leaves as held, or as an alarm.
 *
 * <p><b>Trust.</b> An attacker who controls it cosigns what is not held, in this custodian's name
 * alone.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.custodian.following;
