/**
 * The hashes of a log's tree, in memory and as tiles.
 *
 * <p>Nothing that needs a key or the network enters here.
 *
 * <p><b>Trust.</b> An attacker who controls it stops a log from being proved; a false hash does not
 * fit a checkpoint.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.log.tiles;
