/**
 * A durable sequence of records in segment files that are allocated ahead (spec/journal.md).
 *
 * <p>Only bytes enter here: the journal does not know what they mean. On a full disk it refuses
 * before it writes, keeps a reserve ({@link dev.counterfoil.log.journal.JournalOptions}), and goes
 * on by itself when there is room; a write or sync that fails ends the process.
 *
 * <p><b>Trust.</b> An attacker who controls it reads and destroys records; a change under a
 * published checkpoint is found at the next start.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.log.journal;
