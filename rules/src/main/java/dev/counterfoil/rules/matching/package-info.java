/**
 * Whether one event fulfils a rule, for thousands of rules at one time.
 *
 * <p>Literals that a rule cannot match without are indexed, so that an event is looked at once, and
 * few rules in full. Only events of the kind that a rule is for come to it.
 *
 * <p><b>Trust.</b> An attacker who writes rules costs time here: at most the number of their values
 * times the length of an event's text, for events that have their literals. An attacker who writes
 * events cannot do more than fill them to their limit. Neither makes a rule of another match or
 * fail.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.rules.matching;
