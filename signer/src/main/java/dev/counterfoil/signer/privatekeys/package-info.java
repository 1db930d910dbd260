/**
 * Where token keys live: in this process's memory or in an HSM.
 *
 * <p>A way to hold token keys enters here as one more {@link
 * dev.counterfoil.signer.privatekeys.PrivateKeys}.
 *
 * <p><b>Trust.</b> An attacker who controls it signs with the token keys of one signer; keys in
 * software it can also take away.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.signer.privatekeys;
