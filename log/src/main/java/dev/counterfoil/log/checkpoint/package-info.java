/**
 * Signs the tree as it grows, publishes the checkpoint, and takes in what others cosigned of it.
 *
 * <p>A cosignature enters here after it is checked against the configured keys and the log's own
 * tree.
 *
 * <p><b>Trust.</b> An attacker who controls it signs trees that the journal does not have;
 * followers, witnesses and custodians see that.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.log.checkpoint;
