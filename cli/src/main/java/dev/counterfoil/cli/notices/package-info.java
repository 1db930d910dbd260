/**
 * The commands {@code notice}: tells those affected, answers what they ask, and verifies a notice.
 *
 * <p>What the disclosure process answers enters here, tenants' questions in it, and signed files
 * that others sent.
 *
 * <p><b>Trust.</b> An attacker who controls it records acknowledgements and answers in the name of
 * the Unix user who runs it, each of which stays in the disclosure log, and shows its own reader a
 * wrong verdict. It writes no notice of its own.
 */
@NullMarked
package dev.counterfoil.cli.notices;

import org.jspecify.annotations.NullMarked;
