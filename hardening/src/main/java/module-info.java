/** Protects a process that holds keys. */
@org.jspecify.annotations.NullMarked
module dev.counterfoil.hardening {
  requires transitive org.jspecify;
  requires transitive dev.counterfoil.configuration;
  requires com.amazon.corretto.crypto.provider;
  requires java.management;
  requires jdk.management;

  exports dev.counterfoil.hardening;
}
