/**
 * The files of a folder, as far as a log needs them, and what can go wrong with them.
 *
 * <p>Every write and sync of a log passes through here.
 *
 * <p><b>Trust.</b> An attacker who controls it loses or changes what was called durable; checksums,
 * tree and copies elsewhere show it.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.log.disk;
