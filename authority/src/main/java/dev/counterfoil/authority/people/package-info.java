/**
 * The people of a domain as its operator manages them, at the admin socket.
 *
 * <p>A command enters here with its event in the audit log, recorded before it is done.
 *
 * <p><b>Trust.</b> An attacker who controls it puts people in, invites itself in anyone's name, and
 * becomes any person of the domain. It cannot do so without an event for as long as the audit log
 * is another's, and it makes no token outside the scope of the signer's keys.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.authority.people;
