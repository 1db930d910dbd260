/**
 * Detection rules in Sigma 2.1, with two operators that Sigma lacks: what is seen first, and what
 * did not come.
 *
 * <p>{@link dev.counterfoil.rules.RuleFiles} reads rule files, {@link
 * dev.counterfoil.rules.RuleSet} ties them together, {@link dev.counterfoil.rules.RuleEngine} takes
 * events and says which rules match, and {@link dev.counterfoil.rules.RuleTests} runs the tests
 * that stand in rule files.
 *
 * <p><b>Trust.</b> An attacker who controls a rule file decides what that rule finds: alarms that
 * are none, or silence. They can also make other rules of the same folder silent, by a filter; what
 * was loaded, with its authors, is therefore shown. They cannot run code, read a file, reach a
 * network or see more of an event than a match tells. They can cost time in proportion to their
 * file and to an event, and memory up to the limit that rules share in equal parts.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.rules;
