/**
 * The drill of telling the truth: from a theft's incident to a statement, notices, and a
 * correction.
 *
 * <p>What the drill's monitor says of a theft enters here.
 *
 * <p><b>Trust.</b> Its disclosure process runs in the drill's own folder, with keys that the
 * drill's own registrar states; nothing of it is believed by any other domain.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.drills.disclosure;
