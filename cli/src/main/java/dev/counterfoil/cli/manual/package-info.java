/**
 * What the command line says of itself elsewhere: man pages and completion for shells, made from
 * the commands.
 *
 * <p>Only texts of commands and options enter here.
 *
 * <p><b>Trust.</b> An attacker who controls it has a shell run what it likes when a name is
 * completed: the completion script is code.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.cli.manual;
