/**
 * The signer, the only program with token keys: composes tokens, records them and then signs them
 * ({@link dev.counterfoil.signer.issuing.Issuance}).
 *
 * <p>Only what puts the rooms below together enters here.
 *
 * <p><b>Trust.</b> An attacker who controls a signer can sign and record tokens inside the scope of
 * its keys, and with software custody can copy those keys. It cannot reach another domain, pass the
 * root's delegation, change what the log has shown to others, or have the registrar do anything to
 * another signer's keys and logs. No request, configuration key or public method gives a private
 * key out or takes one in. With keys in an HSM ({@link
 * dev.counterfoil.signer.privatekeys.HsmPrivateKeys}) who controls a signer can use them as long as
 * it does and knows the PIN, and cannot take them; the HSM's library is its maker's code and runs
 * in the signer with all of the signer's rights.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.signer;
