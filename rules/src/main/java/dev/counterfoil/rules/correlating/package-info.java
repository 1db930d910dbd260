/**
 * How events belong together: counts, orders, what is new, and what did not come. All in the time
 * that events say, and not that at which they arrive.
 *
 * <p>Its memory has a limit, shared by the rules in equal parts; a rule that needs more forgets the
 * groups that were quiet longest, and says how many.
 *
 * <p><b>Trust.</b> An attacker who writes rules can use up the memory of their own rules and of no
 * other. One who writes events can make a rule forget, by more groups than its memory holds: the
 * count of what was forgotten shows it. One who sets the time of events can make them late, which
 * is counted, or end windows early; the auditor's own time is beyond them.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.rules.correlating;
