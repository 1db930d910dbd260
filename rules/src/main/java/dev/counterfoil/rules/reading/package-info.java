/**
 * Reads rule files: YAML in, rules out, or a fault with file, line, field and the rule that is
 * broken.
 *
 * <p>What a stranger may have written enters here, and nothing that has state.
 *
 * <p><b>Trust.</b> An attacker who writes a rule file can make it find what they like, or nothing;
 * they cannot run code, open a file or a connection, or name an environment variable. Size, number
 * of documents, values, tests and their events, depth and expansions are bounded, and regular
 * expressions are RE2's: the time to read a file and to look at an event with it stays in
 * proportion to both.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.rules.reading;
