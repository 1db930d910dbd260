/**
 * The commands {@code statement} and {@code hold}: what is published of an incident, what is held
 * back for a time, and whether a published statement is genuine.
 *
 * <p>What the disclosure process answers enters here, texts to check, and signed files that others
 * sent.
 *
 * <p><b>Trust.</b> An attacker who controls it approves, publishes and holds back in the name of
 * the Unix user who runs it, and shows its own reader a wrong verdict; it cannot be the second
 * person.
 */
@NullMarked
package dev.counterfoil.cli.statements;

import org.jspecify.annotations.NullMarked;
