/**
 * Promises proved on throwaway installations: a drill states what it expects, does it to real
 * parts, and says what came out.
 *
 * <p><b>Trust.</b> Drills hold the only code that makes a signing key someone else can take. An
 * attacker who controls a drill controls the installation that the drill made, its folder and its
 * processes, and nothing else: every road in here refuses a folder that does not carry the marker
 * of the drill that is running, and no other part of Counterfoil depends on this one except the
 * command line that starts it.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.drills;
