/**
 * The commands {@code vulnerability}: what others report of our weaknesses, and what is decided
 * about each report.
 *
 * <p>A stranger's report enters here, as an e-mail or JSON, and the key that decrypts it.
 *
 * <p><b>Trust.</b> An attacker who controls it reads reports and the key that decrypts them, and
 * records decisions in the name of the Unix user who runs it, each of which stays in the disclosure
 * log.
 */
@NullMarked
package dev.counterfoil.cli.vulnerabilities;

import org.jspecify.annotations.NullMarked;
