package dev.counterfoil.http.answers;

import java.util.Optional;

/**
 * Who calls, as a verified token says.
 *
 * @param domain the trust domain whose token it is
 * @param client the client
 * @param tenant the client's tenant
 * @param person who signed in to the client, by the token's subject; empty for a client that acts
 *     for itself
 */
public record Caller(String domain, String client, String tenant, Optional<String> person) {
  /** A client that acts for itself. */
  public Caller(String domain, String client, String tenant) {
    this(domain, client, tenant, Optional.empty());
  }

  /** The name under which a caller is kept: {@code domain/client_id}. */
  public String name() {
    return domain + "/" + client;
  }
}
