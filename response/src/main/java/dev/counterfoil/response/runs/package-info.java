/**
 * Runs of playbooks: kept before they act, carried out step by step, and gone on with after a
 * crash.
 *
 * <p>Plans and the decisions of people enter; requests to authority, registrar and signers leave.
 *
 * <p><b>Trust.</b> An attacker who controls it takes away what the process's client and Unix user
 * may take away, and gives nothing: no token, no key, no access.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.response.runs;
