/** Tests of the command. */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.cli;
