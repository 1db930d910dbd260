/**
 * The response process: it follows the monitor's findings and carries out playbooks, within limits.
 *
 * <p>Findings come from the monitor over HTTP, decisions of people over the admin socket. Requests
 * leave to the authority, as a client whose scope takes access away and does nothing else, and to
 * the admin sockets of registrar and signers, which take of its Unix user what contains a theft.
 *
 * <p><b>Trust.</b> An attacker who controls it can end sessions, revoke tokens, disable clients and
 * replace signers: an outage, whose every step the authority and the registrar record. They can
 * issue no token, state no key, give nobody access, and take back nothing that people decided.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.response;
