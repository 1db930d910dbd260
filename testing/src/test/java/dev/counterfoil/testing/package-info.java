/**
 * Rules over the whole project. Test code only: an attacker who controls it controls the build, and
 * nothing that runs.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.testing;
