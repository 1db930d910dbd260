/**
 * What the audit log takes in, gives out and finds, beside PostgreSQL with the same kind of events.
 *
 * <p>An event counts when it is on disk and found.
 *
 * <p><b>Trust.</b> Its events name nobody: people, mailboxes and messages are made up.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.benchmarks.audit;
