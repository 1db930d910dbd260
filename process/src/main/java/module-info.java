/** What signer and registrar share. */
@org.jspecify.annotations.NullMarked
module dev.counterfoil.process {
  requires transitive org.jspecify;
  requires transitive dev.counterfoil.format;
  requires transitive dev.counterfoil.configuration;
  requires transitive dev.counterfoil.hardening;
  requires transitive dev.counterfoil.keystore;
  requires transitive dev.counterfoil.log;
  requires transitive dev.counterfoil.auditclient;
  requires transitive dev.counterfoil.signerprotocol;
  requires java.logging;
  requires java.management;

  exports dev.counterfoil.process;
  exports dev.counterfoil.process.cosigning;
  exports dev.counterfoil.process.settings;
}
