/**
 * The library that a service embeds to check tokens: one call, {@link
 * dev.counterfoil.verifier.Verifier#verify}, no half measures.
 */
@org.jspecify.annotations.NullMarked
module dev.counterfoil.verifier {
  requires transitive dev.counterfoil.format;
  requires transitive java.net.http;
  requires transitive org.jspecify;

  exports dev.counterfoil.verifier;
  exports dev.counterfoil.verifier.dpop;
  exports dev.counterfoil.verifier.reading;
  exports dev.counterfoil.verifier.reporting;
}
