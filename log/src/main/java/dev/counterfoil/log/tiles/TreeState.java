package dev.counterfoil.log.tiles;

import dev.counterfoil.format.bytes.Hash;

/**
 * The tree over all durable entries at a moment.
 *
 * @param size number of entries
 * @param root Merkle root over them
 */
public record TreeState(long size, Hash root) {}
