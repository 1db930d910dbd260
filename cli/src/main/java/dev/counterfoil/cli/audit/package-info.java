/**
 * Commands that ask the audit log and its custodians, and judge what they answer.
 *
 * <p><b>Trust.</b> They read what the user's token or Unix user may read. An attacker who controls
 * them tells that user what it likes.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.cli.audit;
