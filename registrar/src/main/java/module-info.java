/** The registrar. */
@org.jspecify.annotations.NullMarked
module dev.counterfoil.registrar {
  requires transitive dev.counterfoil.process;

  exports dev.counterfoil.registrar;
  exports dev.counterfoil.registrar.root;
  exports dev.counterfoil.registrar.settings;
}
