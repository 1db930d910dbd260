/**
 * Who the people in events are, and which keys follow from that: pseudonyms, seals, salts.
 *
 * <p>A name enters here and leaves as a pseudonym or a seal.
 *
 * <p><b>Trust.</b> An attacker who controls it reads every name, address and sealed text of the
 * audit log.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.audit.names;
