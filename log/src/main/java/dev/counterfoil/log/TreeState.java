package dev.counterfoil.log;

import dev.counterfoil.format.Hash;

/**
 * The tree over all durable entries at a moment.
 *
 * @param size number of entries
 * @param root Merkle root over them
 */
public record TreeState(long size, Hash root) {}
