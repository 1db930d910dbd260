/**
 * A witness (c2sp.org/tlog-witness): it cosigns a checkpoint when it extends the last one that it
 * cosigned of the same log, and remembers it durably before it answers.
 *
 * <p><b>Trust.</b> An attacker who controls a witness can refuse to cosign, and can cosign what
 * another history of a log says, or at a wrong time; alone it can forge no checkpoint, since a
 * log's own signature stands under each, and where a policy asks for a quorum it needs the log's
 * key and the other witnesses too. An attacker who controls a log can have it cosign one history
 * only. Who reaches the listener can make it verify signatures and nothing else: nothing is written
 * for a checkpoint that its log did not sign. Who rolls back its database makes it forget, so that
 * a database is never restored from a copy: with the database its keys end.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.witness;
