package dev.counterfoil.http.answers;

/** Tells who calls. */
@FunctionalInterface
public interface BearerCheck {
  /**
   * The client whose token this is.
   *
   * @param token from the Authorization header
   * @param scope that the token must have
   * @param address where the request came from, for the record
   * @throws RefusedRequestException when the token is not good for this
   */
  Caller caller(String token, String scope, String address) throws RefusedRequestException;
}
