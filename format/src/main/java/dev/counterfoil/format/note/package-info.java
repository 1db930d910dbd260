/**
 * Signed notes, checkpoints and cosignatures (c2sp.org), and statements under one key.
 *
 * <p>A form enters here with its source and vectors.
 *
 * <p><b>Trust.</b> An attacker who controls it has a checkpoint accepted that no log signed.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.format.note;
