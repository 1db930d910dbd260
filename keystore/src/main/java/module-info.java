/** Keys at rest, and keys in HSMs. */
@org.jspecify.annotations.NullMarked
module dev.counterfoil.keystore {
  requires transitive org.jspecify;
  requires transitive dev.counterfoil.format;
  requires transitive dev.counterfoil.configuration;
  requires transitive dev.counterfoil.hardening;
  requires transitive dev.counterfoil.log;
  requires java.management;

  exports dev.counterfoil.keystore;
  exports dev.counterfoil.keystore.pkcs11;
}
