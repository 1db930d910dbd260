package dev.counterfoil.http.answers;

/**
 * Who calls, as a verified token says.
 *
 * @param domain the trust domain whose token it is
 * @param client the client
 * @param tenant the client's tenant
 */
public record Caller(String domain, String client, String tenant) {
  /** The name under which a caller is kept: {@code domain/client_id}. */
  public String name() {
    return domain + "/" + client;
  }
}
