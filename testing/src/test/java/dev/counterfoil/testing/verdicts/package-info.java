/**
 * What the product says, against what is so: a small world from a seed, in which the real parts run
 * on one thread and someone knows the truth. Tests only; an attacker who controls it controls a
 * test.
 */
@NullMarked
package dev.counterfoil.testing.verdicts;

import org.jspecify.annotations.NullMarked;
