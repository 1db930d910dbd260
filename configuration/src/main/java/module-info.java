/** Reads a configuration file into a record and names the line that is wrong. */
@org.jspecify.annotations.NullMarked
module dev.counterfoil.configuration {
  requires transitive org.jspecify;
  requires transitive java.logging;
  requires java.management;
  requires jdk.management;
  requires tools.jackson.core;
  requires tools.jackson.dataformat.yaml;

  exports dev.counterfoil.configuration;
}
