/** A ring of packages, planted for a test. */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.testing.breach.two;
