/**
 * Bytes and values that every part of Counterfoil agrees on, with the checks that need no I/O and
 * no clock.
 *
 * <p>Tokens are parsed in {@code dev.counterfoil.format.token}, which is exported to the parts that
 * check them and to nobody else: a service that embeds the verifier cannot reach the claims of a
 * token that was not verified.
 */
@org.jspecify.annotations.NullMarked
module dev.counterfoil.format {
  requires transitive org.jspecify;
  requires tools.jackson.core;

  uses java.security.Provider;

  exports dev.counterfoil.format.token to
      dev.counterfoil.signals,
      dev.counterfoil.authority,
      dev.counterfoil.http,
      dev.counterfoil.verifier,
      dev.counterfoil.signer,
      dev.counterfoil.monitor;
  exports dev.counterfoil.format.weakkeys;
  exports dev.counterfoil.format.alarm;
  exports dev.counterfoil.format.audit;
  exports dev.counterfoil.format.bytes;
  exports dev.counterfoil.format.ceremony;
  exports dev.counterfoil.format.clock;
  exports dev.counterfoil.format.custody;
  exports dev.counterfoil.format.keylog;
  exports dev.counterfoil.format.keys;
  exports dev.counterfoil.format.leaf;
  exports dev.counterfoil.format.note;
  exports dev.counterfoil.format.policy;
  exports dev.counterfoil.format.root;
  exports dev.counterfoil.format.tree;
  exports dev.counterfoil.format.word;
}
