/**
 * Values and byte formats: hashes, leaves, tiles, checkpoints, notes, proofs, key statements,
 * sightings.
 *
 * <p><b>Trust.</b> Everything here is a pure function of its input. An attacker who controls the
 * input can make a parser refuse it, with a {@link dev.counterfoil.format.bytes.FormatException},
 * and nothing else: every input has a limit, every format has one encoding, and whatever is
 * accepted is written back to the same bytes.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.format;
