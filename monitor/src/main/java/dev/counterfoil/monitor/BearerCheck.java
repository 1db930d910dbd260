package dev.counterfoil.monitor;

/** Tells who calls. */
@FunctionalInterface
interface BearerCheck {
  /**
   * The client whose token this is, as {@code domain/client_id}.
   *
   * @param token from the Authorization header
   * @param scope that the token must have
   * @throws RefusedRequestException when the token is not good for this
   */
  String client(String token, String scope) throws RefusedRequestException;
}
