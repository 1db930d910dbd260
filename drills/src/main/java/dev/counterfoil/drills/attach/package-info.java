/**
 * The drill of attached issuers: a real Keycloak keeps its keys and records its tokens here, and a
 * thief has one of its keys.
 *
 * <p><b>Trust.</b> The realm's key is made by the drill, which is how the thief has it. The
 * Keycloak runs in the drill's folder, listens on loopback and ends with the run; the one it is
 * made from is only read.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.drills.attach;
