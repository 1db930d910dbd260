/**
 * The append-only log of one signer. It gives every token its position, records the counterfoil
 * durably before anyone may sign, and publishes the tree over all leaves as C2SP tiles and
 * checkpoints.
 *
 * <p>A token's way: {@link dev.counterfoil.log.RunningLog#submit} queues it; {@link
 * dev.counterfoil.log.Sequencer#step} gives the position, has it composed, writes the record to the
 * {@link dev.counterfoil.log.journal.RecordJournal}, waits for one {@code fdatasync} for the whole
 * batch, adds the leaf to the tree and the {@link dev.counterfoil.log.tiles.TileStore}, and only
 * then releases it: at once, or when a {@link dev.counterfoil.log.checkpoint.Level} that it asked
 * for is raised. The {@link dev.counterfoil.log.checkpoint.Checkpointer} signs the tree on a timer.
 * Readers use {@link dev.counterfoil.log.read.LogReader}; {@link
 * dev.counterfoil.log.tools.LogChecker} is the judge of all of it.
 *
 * <p>For outsiders, from any {@link dev.counterfoil.log.read.LogSource}: {@link
 * dev.counterfoil.log.read.LogProver} makes proofs, {@link dev.counterfoil.log.tools.LogWatch}
 * follows a log and cries, {@link dev.counterfoil.log.tools.StaticCopy} keeps its files for any web
 * server, and {@link dev.counterfoil.log.tools.LogArchive} and {@link
 * dev.counterfoil.log.tools.LogRestore} keep a whole log.
 *
 * <p><b>Trust.</b> An attacker who controls the process that writes can refuse, delay or record
 * what was never asked for; it cannot change or drop a leaf under a checkpoint that someone else
 * holds. An attacker who controls the public folder can stop the log from being read, or have the
 * writer rebuild the folder or refuse to start; it cannot make the writer sign another tree,
 * because the tree is recomputed from the journal and its frontier, and readers check what they
 * read against the signed checkpoint. An attacker who controls the journal folder reads every
 * counterfoil and can destroy the log; a change under a published checkpoint is found by the
 * checker and at the next start. A disk that loses what it said was durable loses counterfoils:
 * copies elsewhere are the answer to that.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.log;
