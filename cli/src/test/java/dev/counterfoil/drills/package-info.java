/** The drill's mail server, lent to a test of this module. */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.drills;
