/**
 * What commands share: options, exit codes, and the words in which they fail.
 *
 * <p>No command enters here.
 *
 * <p><b>Trust.</b> An attacker who controls it shows an operator what is not so; strangers' text is
 * made harmless here before it is shown.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.cli.command;
