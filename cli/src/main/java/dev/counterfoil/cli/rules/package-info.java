/**
 * The commands {@code rules}: tries detection rules, on the tests that stand in them, on files of
 * events, and on the audit log's past.
 *
 * <p>Rule files, events and the answers of the audit log enter here; nothing is changed anywhere.
 *
 * <p><b>Trust.</b> An attacker who controls a rule file or an event decides what is printed about
 * it, as text that does nothing to a terminal. The search of the audit log is recorded as one of
 * the user who runs the command.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.cli.rules;
