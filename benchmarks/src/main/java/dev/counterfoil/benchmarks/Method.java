package dev.counterfoil.benchmarks;

/** How the client authenticates. */
enum Method {
  /** A secret in the Authorization header (RFC 6749 2.3.1). */
  SECRET("client_secret_basic", "basic.lua"),
  /** A signed assertion, each used once (RFC 7523 2.2). */
  KEY("private_key_jwt", "assertions.lua");

  private final String metadataName;
  private final String script;

  Method(String metadataName, String script) {
    this.metadataName = metadataName;
    this.script = script;
  }

  /** The name in an authorization server's metadata. */
  String metadataName() {
    return metadataName;
  }

  /** The script in {@code benchmarks/load}. */
  String script() {
    return script;
  }
}
