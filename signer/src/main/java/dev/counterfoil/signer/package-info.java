/**
 * Signer and registrar: the only program with token keys, in one of two roles. The <b>signer</b>
 * composes tokens, records them and then signs them ({@link
 * dev.counterfoil.signer.issuing.Issuance}). The <b>registrar</b> states keys, revokes and
 * withdraws, and signs the key set; it has no token key.
 *
 * <p><b>Trust.</b> Who controls a signer can sign and record tokens inside the scope of its keys,
 * and with software custody can copy those keys; he cannot reach another domain, pass the root's
 * delegation, change what the log has shown to others, or have the registrar do anything to another
 * signer's keys and logs ({@link dev.counterfoil.signer.registrar.SignersDesk}). Who controls a
 * registrar can state keys inside the root's delegation, visibly to every verifier, and revoke what
 * should not be revoked; he cannot sign a token, and what he states ends with the delegation. The
 * registrar takes key statements on sockets of the signers' own, one for each, which neither the
 * authority nor another signer reaches as long as it runs under another Unix user: where all run
 * under one, the kernel does not hold that line, and who controls the authority can have a key and
 * a log of his own stated, and who controls one signer can speak as another. Nobody outside of
 * these two processes gets a private key: no request, configuration key or public method gives one
 * out or takes one in. With keys in a token ({@link dev.counterfoil.signer.custody.Pkcs11Custody})
 * who controls a signer can use them as long as he does and knows the token's PIN, and cannot take
 * them; the token's library is its maker's code and runs in the signer with all of the signer's
 * rights.
 */
@org.jspecify.annotations.NullMarked
package dev.counterfoil.signer;
