/**
 * All documents of an incident, made from its claims, and the check that none contradicts them.
 *
 * <p><b>Trust.</b> Claims and texts enter, which people wrote, and names that an attacker chose.
 * All of it is shown as text, letter for letter. An attacker who controls this part can have
 * published pages say what no claim says; the signed statement beside them shows it.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.disclosure.documents;
