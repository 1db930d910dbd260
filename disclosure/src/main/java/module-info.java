/** Statements as versioned claims, and notices that their receivers can verify. */
@org.jspecify.annotations.NullMarked
module dev.counterfoil.disclosure {
  requires transitive dev.counterfoil.format;

  exports dev.counterfoil.disclosure;
}
