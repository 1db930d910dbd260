package dev.counterfoil.verifier.reporting;

import java.io.IOException;

/** Gives the access token that a client of ours sends with its own requests. */
@FunctionalInterface
public interface AccessTokenSource {
  /**
   * A token that is good now.
   *
   * @param rejected whether the last one was rejected, so that a new one must be had
   */
  String accessToken(boolean rejected) throws IOException;
}
