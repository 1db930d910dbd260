package dev.counterfoil.benchmarks;

import java.io.IOException;
import java.net.URI;
import java.util.List;
import java.util.OptionalLong;

/** A token server under test, started for one run and ended with it. */
interface Server extends AutoCloseable {
  /** A short name for tables. */
  String name();

  /** Version and mode, for the report. */
  String description();

  /** The issuer: audience of client assertions and {@code iss} of tokens. */
  String issuer();

  URI tokenEndpoint();

  URI jwks();

  LoadClient client();

  /** The form that asks for a token, without client authentication. */
  String form();

  /** How many tokens the server has on record, for one that records. */
  OptionalLong recorded() throws IOException, InterruptedException;

  /** Its processes that run now. */
  List<ProcessHandle> processes();

  /**
   * Checks that tokens were issued, for a server that can prove it; throws for one that was not.
   */
  void requireIssued(List<String> tokens) throws IOException, InterruptedException;

  /** Ends it. */
  @Override
  void close();
}
