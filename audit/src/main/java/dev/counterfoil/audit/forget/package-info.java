/**
 * What goes: retention, legal holds, people to be forgotten.
 *
 * <p>A rule to delete enters here with the event that tells of it first.
 *
 * <p><b>Trust.</b> An attacker who controls it destroys content; that an event was there, and
 * whose, stays in the log.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.audit.forget;
