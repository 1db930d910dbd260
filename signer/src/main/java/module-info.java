/** The only program with token keys; the registrar is it in another role. */
@org.jspecify.annotations.NullMarked
module dev.counterfoil.signer {
  requires transitive org.jspecify;
  requires transitive dev.counterfoil.format;
  requires transitive dev.counterfoil.configuration;
  requires transitive dev.counterfoil.log;
  requires dev.counterfoil.auditclient;
  requires dev.counterfoil.signerprotocol;
  requires com.amazon.corretto.crypto.provider;
  requires java.logging;
  requires java.management;
  requires jdk.management;

  exports dev.counterfoil.signer;
  exports dev.counterfoil.signer.custody;
  exports dev.counterfoil.signer.generation;
  exports dev.counterfoil.signer.hardening;
  exports dev.counterfoil.signer.keystore;
  exports dev.counterfoil.signer.pkcs11;
  exports dev.counterfoil.signer.process;
  exports dev.counterfoil.signer.registrar;
  exports dev.counterfoil.signer.root;
  exports dev.counterfoil.signer.settings;
}
