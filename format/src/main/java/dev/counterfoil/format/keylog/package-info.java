/**
 * The key log (spec/keylog.md): its entries, what they come to, and what follows for those who read
 * no key log.
 *
 * <p>A kind of event enters here with what it gives or takes.
 *
 * <p><b>Trust.</b> An attacker who controls it has verifiers read the key log otherwise than it was
 * written.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.format.keylog;
