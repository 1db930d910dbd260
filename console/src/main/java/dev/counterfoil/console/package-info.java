/**
 * The console: what people look at who signed in, findings, incidents, containment and traces, as
 * pages and as JSON.
 *
 * <p>It keeps nothing. All that it shows it asks the monitor for with the access token of the
 * person who looks, so the monitor decides what they may see and its audit log says who looked.
 *
 * <p><b>Trust.</b> An attacker who controls it sees what those see who are signed in, for as long
 * as their sessions last, and can show them anything; in an operator's name it can take on, note,
 * close and reopen incidents, and read and approve drafts of the disclosure process, each of which
 * is recorded; publishing them takes an operator at that process. It holds the keys of its clients,
 * which get no token without a person, and of one that reports sightings and reads nothing; no key
 * of tokens, no log and no socket of a signer or registrar.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.console;
