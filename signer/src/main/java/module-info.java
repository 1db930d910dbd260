/** The only program with token keys. */
@org.jspecify.annotations.NullMarked
module dev.counterfoil.signer {
  requires transitive dev.counterfoil.process;

  exports dev.counterfoil.signer;
  exports dev.counterfoil.signer.privatekeys;
  exports dev.counterfoil.signer.generation;
  exports dev.counterfoil.signer.settings;
}
