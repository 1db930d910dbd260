/**
 * One-time codes of an app (RFC 6238) and recovery codes: the step behind a password.
 *
 * <p>A code that a person typed enters here, with the proof that their password was right. Each
 * code counts once at all authorities, since the directory keeps its step.
 *
 * <p><b>Trust.</b> An attacker who controls it takes away what the codes add to a password, and
 * opens the secrets of the apps. They still need the password.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.signin.codes;
