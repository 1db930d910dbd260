/**
 * A mail system on loopback, real or small, that takes tokens, and its clients.
 *
 * <p>Only what a mail operator has, or a mail user, enters here.
 *
 * <p><b>Trust.</b> It reads generated mail alone.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.drills.mail;
