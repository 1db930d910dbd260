/**
 * People, groups and clients as a file wants them: read, compared with what is there, and carried
 * out at the admin socket.
 *
 * <p>A plan is made by a pure function before anything is done. No secret is in a file or in a
 * plan.
 *
 * <p><b>Trust.</b> An attacker who controls the file decides who has which name, group and client,
 * within what the authority and the signer's keys allow. Each change is an event of the audit log.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.cli.apply;
