/**
 * What a log keeps of a token, a digest or an event, byte for byte (spec/journal.md).
 *
 * <p>A form of record enters here with its version byte and its vectors.
 *
 * <p><b>Trust.</b> An attacker who controls it has a log record what was not asked for, and
 * verifiers read leaves in another form.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.log.record;
