/**
 * What others say to a signer or registrar, and hear: frames over a Unix socket, and the two ends
 * that speak them.
 */
@org.jspecify.annotations.NullMarked
module dev.counterfoil.signerprotocol {
  requires transitive org.jspecify;
  requires transitive dev.counterfoil.format;
  requires transitive dev.counterfoil.configuration;
  requires jdk.net;

  exports dev.counterfoil.signerprotocol;
}
